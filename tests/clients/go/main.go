// OpenAI's SDK for Go, as an application uses it: one case, told as one line of JSON.
//
//	client BASE_URL CASE TEXT
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

type result map[string]any

func whole(ctx context.Context, client openai.Client, request openai.ChatCompletionNewParams) (result, error) {
	var response *http.Response
	answer, err := client.Chat.Completions.New(ctx, request, option.WithResponseInto(&response))
	if err != nil {
		return nil, err
	}
	choice := answer.Choices[0]
	told := result{
		"text":    choice.Message.Content,
		"tool":    nil,
		"finish":  choice.FinishReason,
		"verdict": response.Header.Get("x-portcullis-verdict"),
	}
	if calls := choice.Message.ToolCalls; len(calls) > 0 {
		told["tool"] = result{"name": calls[0].Function.Name, "arguments": calls[0].Function.Arguments}
	}
	return told, nil
}

func stream(ctx context.Context, client openai.Client, request openai.ChatCompletionNewParams) (result, error) {
	var text strings.Builder
	pieces, finish := 0, ""
	events := client.Chat.Completions.NewStreaming(ctx, request)
	for events.Next() {
		for _, choice := range events.Current().Choices {
			if choice.Delta.Content != "" {
				text.WriteString(choice.Delta.Content)
				pieces++
			}
			if choice.FinishReason != "" {
				finish = choice.FinishReason
			}
		}
	}
	return result{"text": text.String(), "pieces": pieces, "finish": finish}, events.Err()
}

func cancel(ctx context.Context, client openai.Client, request openai.ChatCompletionNewParams) (result, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	events := client.Chat.Completions.NewStreaming(ctx, request)
	for events.Next() {
		if choices := events.Current().Choices; len(choices) > 0 && choices[0].Delta.Content != "" {
			return result{"cancelled": true}, events.Close()
		}
	}
	return nil, fmt.Errorf("no text came: %w", events.Err())
}

func run(baseURL, name, text string) (result, error) {
	ctx := context.Background()
	client := openai.NewClient(option.WithBaseURL(baseURL), option.WithAPIKey("unused"))
	request := openai.ChatCompletionNewParams{
		Model:    "mistral-large-latest",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(text)},
	}
	switch name {
	case "whole":
		return whole(ctx, client, request)
	case "stream":
		return stream(ctx, client, request)
	case "cancel":
		return cancel(ctx, client, request)
	case "tool":
		request.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(
			shared.FunctionDefinitionParam{Name: "mail", Parameters: shared.FunctionParameters{"type": "object"}})}
		return whole(ctx, client, request)
	case "schema":
		request.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name: "city", Strict: openai.Bool(true),
				Schema: map[string]any{
					"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}},
					"required": []string{"city"}, "additionalProperties": false,
				},
			},
		}
		return whole(ctx, client, request)
	}
	return nil, fmt.Errorf("unknown case %q", name)
}

func main() {
	told, err := run(os.Args[1], os.Args[2], os.Args[3])
	var refused *openai.Error
	if errors.As(err, &refused) {
		told, err = result{"error": "Error", "status": refused.StatusCode, "type": refused.Type, "code": refused.Code}, nil
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	line, _ := json.Marshal(told)
	fmt.Println(string(line))
}
