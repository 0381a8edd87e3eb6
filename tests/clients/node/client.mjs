// OpenAI's SDK for Node, as an application uses it: one case, told as one line of JSON.
//   node client.mjs BASE_URL CASE TEXT
import OpenAI from 'openai';

const [baseURL, name, text] = process.argv.slice(2);
const client = new OpenAI({baseURL, apiKey: 'unused'});
const request = {model: 'mistral-large-latest', messages: [{role: 'user', content: text}]};
const mail = {type: 'function', function: {name: 'mail', parameters: {type: 'object'}}};
const schema = {
  type: 'json_schema',
  json_schema: {
    name: 'city', strict: true,
    schema: {
      type: 'object', properties: {city: {type: 'string'}}, required: ['city'], additionalProperties: false,
    },
  },
};

async function whole(more = {}) {
  const {data, response} = await client.chat.completions.create({...request, ...more}).withResponse();
  const message = data.choices[0].message;
  return {
    text: message.content ?? '',
    tool: message.tool_calls?.[0]?.function ?? null,
    finish: data.choices[0].finish_reason,
    verdict: response.headers.get('x-portcullis-verdict'),
  };
}

async function stream() {
  const pieces = [];
  let finish = null;
  for await (const chunk of await client.chat.completions.create({...request, stream: true})) {
    if (chunk.choices[0]?.delta?.content) pieces.push(chunk.choices[0].delta.content);
    finish = chunk.choices[0]?.finish_reason ?? finish;
  }
  return {text: pieces.join(''), pieces: pieces.length, finish};
}

async function cancel() {
  const abort = new AbortController();
  const answer = await client.chat.completions.create({...request, stream: true}, {signal: abort.signal});
  for await (const chunk of answer) {
    if (!chunk.choices[0]?.delta?.content) continue;
    abort.abort();
    break;
  }
  return {cancelled: true};
}

const cases = {
  whole, stream, cancel,
  tool: () => whole({tools: [mail]}),
  schema: () => whole({response_format: schema}),
};

try {
  console.log(JSON.stringify(await cases[name]()));
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  console.log(JSON.stringify({
    error: error.constructor.name, status: error.status ?? 0, type: error.type ?? '', code: error.code ?? '',
  }));
}
