// The same calls by SDKs of Node: "clients.mjs CLIENT ROOT KEY [MODEL]" prints what became of each, as clients.py does.
// The texts and the tool come as JSON in INTEROP, so that they stand in one place. Nothing here knows the proxy.

import Anthropic from "@anthropic-ai/sdk";
import { createOpenAI } from "@ai-sdk/openai";
import { GoogleGenAI } from "@google/genai";
import { generateObject, generateText, jsonSchema, streamText, tool } from "ai";
import OpenAI from "openai";

const { greet, weather, form, busy, schema, name, description } = JSON.parse(process.env.INTEROP ?? "{}");
const [client, root, key, model = "gpt-4o-mini"] = process.argv.slice(2);
const user = (content) => [{ role: "user", content }];
const said = (text, pieces = 0, calls = []) => ({
  text: text ?? "",
  calls: calls.map(([called, given]) => [called, typeof given === "string" ? JSON.parse(given) : given]),
  streamed: pieces > 0,
});

const openai = (root, apiKey) => new OpenAI({ baseURL: `${root}/v1`, apiKey, maxRetries: 0 });
const chat = async (root, key, text, more = {}) =>
  (await openai(root, key).chat.completions.create({ model, messages: user(text), ...more })).choices[0].message;
const chatStream = async (root, key, text, more = {}) => {
  let told = "";
  let pieces = 0;
  const calls = [];
  const chunks = await openai(root, key).chat.completions.create({ model, messages: user(text), stream: true, ...more });
  for await (const chunk of chunks) {
    for (const { delta } of chunk.choices) {
      told += delta.content ?? "";
      pieces += delta.content || delta.tool_calls ? 1 : 0;
      for (const call of delta.tool_calls ?? []) {
        const before = calls[call.index] ?? ["", ""];
        calls[call.index] = [before[0] || call.function.name, before[1] + (call.function.arguments ?? "")];
      }
    }
  }
  return said(told, pieces, calls);
};
const chatTools = { tools: [{ type: "function", function: { name, description, parameters: schema } }] };
const chatForm = { response_format: { type: "json_schema", json_schema: { name: "form", schema, strict: true } } };

const responses = async (root, key, input, more = {}) => {
  const made = await openai(root, key).responses.create({ model, input, store: false, ...more });
  const calls = made.output.filter((item) => item.type === "function_call").map((item) => [item.name, item.arguments]);
  return said(made.output_text, 0, calls);
};

const anthropic = (root, apiKey) => new Anthropic({ baseURL: root, apiKey, maxRetries: 0 });
const blocks = (made, pieces = 0) =>
  said(
    made.content.filter((block) => block.type === "text").map((block) => block.text).join(""),
    pieces,
    made.content.filter((block) => block.type === "tool_use").map((block) => [block.name, block.input]),
  );
const message = async (root, key, text, more = {}) =>
  blocks(await anthropic(root, key).messages.create({ model, max_tokens: 256, messages: user(text), ...more }));
const messageStream = async (root, key, text, more = {}) => {
  let pieces = 0;
  const stream = anthropic(root, key).messages.stream({ model, max_tokens: 256, messages: user(text), ...more });
  stream.on("streamEvent", (event) => (pieces += event.type === "content_block_delta" ? 1 : 0));
  return blocks(await stream.finalMessage(), pieces);
};
const messageTools = { tools: [{ name, description, input_schema: schema }] };

const genai = (root, apiKey) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: root } }).models;
const parts = (made) => said(made.text, 0, (made.functionCalls ?? []).map((call) => [call.name, call.args]));
const generate = async (root, key, contents, config = {}) =>
  parts(await genai(root, key).generateContent({ model, contents, config }));
const generateStream = async (root, key, contents, config = {}) => {
  let told = "";
  let pieces = 0;
  const calls = [];
  for await (const chunk of await genai(root, key).generateContentStream({ model, contents, config })) {
    const { text, calls: found } = parts(chunk);
    told += text;
    pieces += 1;
    calls.push(...found);
  }
  return said(told, pieces, calls);
};
const genaiTools = { tools: [{ functionDeclarations: [{ name, description, parametersJsonSchema: schema }] }] };
const genaiForm = { responseMimeType: "application/json", responseJsonSchema: schema };

const vercel = (root, apiKey) => createOpenAI({ baseURL: `${root}/v1`, apiKey }).chat(model);
const asking = (root, key, prompt, more = {}) => ({ model: vercel(root, key), prompt, maxRetries: 0, ...more });
const vercelTools = () => ({ tools: { [name]: tool({ description, inputSchema: jsonSchema(schema) }) } });
const called = (calls) => calls.map((call) => [call.toolName, call.input]);
const vercelStream = async (root, key, prompt, more = {}) => {
  let told = "";
  let pieces = 0;
  const made = streamText({ ...asking(root, key, prompt, more), onError: () => {} });
  for await (const part of made.fullStream) {
    if (part.type === "error") throw part.error;
    pieces += part.type === "text-delta" || part.type === "tool-call" ? 1 : 0;
    told += part.type === "text-delta" ? part.text : "";
  }
  return said(told, pieces, called(await made.toolCalls));
};

const CELLS = {
  "openai (node)": {
    chat: async (r, k) => said((await chat(r, k, greet)).content),
    stream: (r, k) => chatStream(r, k, greet),
    tools: async (r, k) =>
      said("", 0, (await chat(r, k, weather, chatTools)).tool_calls.map(({ function: f }) => [f.name, f.arguments])),
    "stream tools": (r, k) => chatStream(r, k, weather, chatTools),
    structured: async (r, k) => said((await chat(r, k, form, chatForm)).content),
    error: async (r, k) => said((await chat(r, k, busy)).content),
  },
  "openai responses (node)": {
    chat: (r, k) => responses(r, k, greet),
    tools: (r, k) => responses(r, k, weather, { tools: [{ type: "function", name, description, parameters: schema, strict: true }] }),
    structured: (r, k) => responses(r, k, form, { text: { format: { type: "json_schema", name: "form", schema, strict: true } } }),
    error: (r, k) => responses(r, k, busy),
  },
  "@anthropic-ai/sdk (node)": {
    chat: (r, k) => message(r, k, greet),
    stream: (r, k) => messageStream(r, k, greet),
    tools: (r, k) => message(r, k, weather, messageTools),
    "stream tools": (r, k) => messageStream(r, k, weather, messageTools),
    structured: (r, k) => message(r, k, form, { output_config: { format: { type: "json_schema", schema } } }),
    error: (r, k) => message(r, k, busy),
  },
  "@google/genai (node)": {
    chat: (r, k) => generate(r, k, greet),
    stream: (r, k) => generateStream(r, k, greet),
    tools: (r, k) => generate(r, k, weather, genaiTools),
    "stream tools": (r, k) => generateStream(r, k, weather, genaiTools),
    structured: (r, k) => generate(r, k, form, genaiForm),
    error: (r, k) => generate(r, k, busy),
  },
  "ai (node)": {
    chat: async (r, k) => said((await generateText(asking(r, k, greet))).text),
    stream: (r, k) => vercelStream(r, k, greet),
    tools: async (r, k) => said("", 0, called((await generateText(asking(r, k, weather, vercelTools()))).toolCalls)),
    "stream tools": (r, k) => vercelStream(r, k, weather, vercelTools()),
    structured: async (r, k) =>
      said(JSON.stringify((await generateObject(asking(r, k, form, { schema: jsonSchema(schema) }))).object)),
    error: async (r, k) => said((await generateText(asking(r, k, busy))).text),
  },
};

if (client === undefined) {
  console.log(JSON.stringify(Object.keys(CELLS)));
} else {
  const made = {};
  for (const [cell, call] of Object.entries(CELLS[client])) {
    try {
      made[cell] = { got: await call(root, key) };
    } catch (error) {
      const status = error.status ?? error.statusCode ?? error.code ?? 0;
      made[cell] = { raised: error.constructor.name, status, why: String(error.message ?? error) };
    }
  }
  console.log(JSON.stringify(made));
}
