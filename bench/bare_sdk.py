"""The loop that an SDK's own manual shows: ask, stream, run the tool, append, ask again. Nothing else.

    .venv/bin/python bench/bare_sdk.py PROVIDER URL MODEL TOOLS.json SYSTEM.txt

What the benchmarks measure this program against: the same system prompt, the same tools, the same model
settings, the synchronous client (the cheaper one), and no loop thread, no record, no file that is kept.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Tool = dict[str, Any]


def read(arguments: dict[str, Any]) -> str:
    """The one tool."""
    return Path(arguments["path"]).read_text()


def anthropic(url: str, model: str, tools: list[Tool], system: str) -> None:
    """Messages."""
    from anthropic import Anthropic

    client = Anthropic(api_key="bench-key-0123456789", base_url=url, max_retries=0)
    offered: Any = [
        {"name": one["name"], "description": one["description"], "input_schema": one["parameters"]}
        for one in tools
    ]
    prefix: Any = [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]
    messages: list[Any] = [{"role": "user", "content": "go"}]
    while True:
        with client.messages.create(
            model=model, max_tokens=8000, system=prefix, tools=offered, messages=messages, stream=True
        ) as stream:
            call: Any = None
            words = ""
            for event in stream:
                if event.type == "content_block_start" and event.content_block.type == "tool_use":
                    call = event.content_block
                elif event.type == "content_block_delta" and event.delta.type == "input_json_delta":
                    words += event.delta.partial_json
        if call is None:
            return
        given = json.loads(words)
        asked = {"type": "tool_use", "id": call.id, "name": call.name, "input": given}
        told = {"type": "tool_result", "tool_use_id": call.id, "content": read(given)}
        messages += [{"role": "assistant", "content": [asked]}, {"role": "user", "content": [told]}]


def openai(url: str, model: str, tools: list[Tool], system: str) -> None:
    """Responses."""
    from openai import OpenAI

    client = OpenAI(api_key="bench-key-0123456789", base_url=url, max_retries=0)
    offered: Any = [{"type": "function", "strict": False, **one} for one in tools]
    items: list[Any] = [{"role": "user", "content": "go"}]
    while True:
        final: Any = None
        with client.responses.create(
            model=model, instructions=system, input=items, tools=offered, store=False, stream=True
        ) as stream:
            for event in stream:
                if event.type == "response.completed":
                    final = event.response
        calls = [item for item in final.output if item.type == "function_call"]
        if not calls:
            return
        items += [item.to_dict() for item in final.output]
        for call in calls:
            output = read(json.loads(call.arguments))
            items.append({"type": "function_call_output", "call_id": call.call_id, "output": output})


def compatible(url: str, model: str, tools: list[Tool], system: str) -> None:
    """Chat Completions."""
    from openai import OpenAI

    client = OpenAI(api_key="bench-key-0123456789", base_url=url, max_retries=0)
    offered: Any = [{"type": "function", "function": one} for one in tools]
    messages: list[Any] = [{"role": "system", "content": system}, {"role": "user", "content": "go"}]
    while True:
        called: Any = None
        with client.chat.completions.create(
            model=model,
            messages=messages,
            tools=offered,
            stream=True,
            stream_options={"include_usage": True},
        ) as stream:
            for chunk in stream:
                for choice in chunk.choices:
                    called = (choice.delta.tool_calls or [called])[0]
        if called is None:
            return
        function = {"name": called.function.name, "arguments": called.function.arguments}
        asked = [{"id": called.id, "type": "function", "function": function}]
        output = read(json.loads(called.function.arguments))
        messages += [
            {"role": "assistant", "content": None, "tool_calls": asked},
            {"role": "tool", "tool_call_id": called.id, "content": output},
        ]


def gemini(url: str, model: str, tools: list[Tool], system: str) -> None:
    """Generate content."""
    from google.genai import Client
    from google.genai.types import HttpOptions

    options = HttpOptions(base_url=url, api_version="v1")
    client = Client(api_key="bench-key-0123456789", vertexai=False, http_options=options)
    declared = [
        {"name": one["name"], "description": one["description"], "parameters_json_schema": one["parameters"]}
        for one in tools
    ]
    config: Any = {
        "max_output_tokens": 8000,
        "system_instruction": system,
        "tools": [{"function_declarations": declared}],
        "automatic_function_calling": {"disable": True},
    }
    contents: list[Any] = [{"role": "user", "parts": [{"text": "go"}]}]
    while True:
        parts: list[Any] = []
        for chunk in client.models.generate_content_stream(model=model, contents=contents, config=config):
            for candidate in chunk.candidates or []:
                parts += (candidate.content.parts if candidate.content else None) or []
        calls = [part.function_call for part in parts if part.function_call]
        if not calls:
            return
        told = [
            {"function_response": {"id": c.id, "name": c.name, "response": {"output": read(c.args)}}}
            for c in calls
        ]
        contents += [{"role": "model", "parts": parts}, {"role": "user", "parts": told}]


LOOPS = {"anthropic": anthropic, "gemini": gemini, "openai": openai, "compatible": compatible}


def main(words: Sequence[str]) -> None:
    """See the head of this file."""
    provider, url, model, tools, system = words
    LOOPS[provider](url, model, json.loads(Path(tools).read_text()), Path(system).read_text())
    print("Done.", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
