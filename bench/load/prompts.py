"""The requests: plain prose of a given size that no policy objects to, and what must come back."""

import itertools
import json

SENTENCES = (
    "Please summarise the report about the harvest in the northern valley.",
    "The first part describes the weather and how long the rain lasted.",
    "Farmers there grow wheat, barley and a little rye on the slopes.",
    "Later pages compare the yield with that of earlier seasons.",
    "A table lists the villages, the size of their fields and the mills.",
    "The author thinks that better storage would save much of the grain.",
    "Explain in a few words why the bridge was rebuilt last autumn.",
    "Mention the trains, the market and the small school by the lake.",
)

# The words that the mock upstream streams, in turn.
STREAM_WORDS = (" the", " river", " runs", " past", " green", " hills", " and", " stone")


def prose(size):
    text = ""
    for number in itertools.count():
        if len(text) >= size:
            return text[:size]
        # Another order each time round, so that long texts do not repeat with a short period.
        text += SENTENCES[(number * 5 + number // len(SENTENCES)) % len(SENTENCES)] + " "


def request(size, stream=False):
    body = {"model": "mistral-large-latest", "messages": [{"role": "user", "content": prose(size)}]}
    if stream:
        body["stream"] = True
    return json.dumps(body, separators=(",", ":"))


# AxonFlow's calls that decide without a provider: path, body, what each answer holds.
DECISIONS = {
    "pre-check": ("/api/policy/pre-check", {"client_id": "community", "query": prose(330)}, '"approved":true'),
    "skip_llm": ("/api/request", {"query": prose(330), "skip_llm": True}, '"success":true'),
}


def stream_text(tokens):
    return "".join(STREAM_WORDS[i % len(STREAM_WORDS)] for i in range(tokens))
