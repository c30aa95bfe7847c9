// The same calls by SDKs of Node: "clients.mjs CLIENT ROOT KEY [MODEL]" prints what became of each, as clients.py does.
// The texts and the tool come as JSON in INTEROP, so that they stand in one place. Nothing here knows the proxy.

import Anthropic from "@anthropic-ai/sdk";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI } from "@google/genai";
import { Mistral } from "@mistralai/mistralai";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { embed, generateObject, generateText, jsonSchema, streamText, tool } from "ai";
import { CohereClientV2 } from "cohere-ai";
import { Ollama } from "ollama";
import OpenAI from "openai";

const { person, greet, weather, form, busy, schema, name, description } = JSON.parse(process.env.INTEROP ?? "{}");
const [client, root, key, model = "gpt-4o-mini"] = process.argv.slice(2);
const embedder = process.argv[5] ?? "text-embedding-3-small";
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

const responseStream = async (root, key, input, more = {}) => {
  let pieces = 0;
  let made = { output: [] };
  for await (const event of await openai(root, key).responses.create({ model, input, store: false, stream: true, ...more })) {
    pieces += event.type.endsWith(".delta") ? 1 : 0;
    made = event.type === "response.completed" ? event.response : made;
  }
  const text = made.output.flatMap((item) => item.content ?? []).map((part) => part.text ?? "").join("");
  const calls = made.output.filter((item) => item.type === "function_call").map((item) => [item.name, item.arguments]);
  return said(text, pieces, calls);
};
const responsesTools = { tools: [{ type: "function", name, description, parameters: schema, strict: true }] };
const responsesForm = { text: { format: { type: "json_schema", name: "form", schema, strict: true } } };

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

const openaiModel = (root, apiKey) => createOpenAI({ baseURL: `${root}/v1`, apiKey });
const VERCEL = {
  "ai (node)": (root, key) => openaiModel(root, key).chat(model),
  "ai responses (node)": (root, key) => openaiModel(root, key).responses(model),
  "ai anthropic (node)": (root, key) => createAnthropic({ baseURL: `${root}/v1`, apiKey: key })(model),
};
const asking = (root, key, prompt, more = {}) => ({ model: VERCEL[client](root, key), prompt, maxRetries: 0, ...more });
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

const vercelCells = {
  chat: async (r, k) => said((await generateText(asking(r, k, greet))).text),
  stream: (r, k) => vercelStream(r, k, greet),
  tools: async (r, k) => said("", 0, called((await generateText(asking(r, k, weather, vercelTools()))).toolCalls)),
  "stream tools": (r, k) => vercelStream(r, k, weather, vercelTools()),
  structured: async (r, k) =>
    said(JSON.stringify((await generateObject(asking(r, k, form, { schema: jsonSchema(schema) }))).object)),
  error: async (r, k) => said((await generateText(asking(r, k, busy))).text),
};
const vercelEmbedded = async (r, k) =>
  (await embed({ model: openaiModel(r, k).textEmbeddingModel(embedder), value: person, maxRetries: 0 })).embedding.length;

// the key stands where the id of an AWS key would; the handler because the SDK speaks HTTP/2 otherwise
const bedrock = (endpoint, accessKeyId) =>
  new BedrockRuntimeClient({
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId, secretAccessKey: "of no importance" },
    requestHandler: new NodeHttpHandler(),
    maxAttempts: 1,
  });
const conversing = (text, more = {}) => ({ modelId: model, messages: [{ role: "user", content: [{ text }] }], ...more });
const converse = async (root, key, text, more = {}) => {
  const { content } = (await bedrock(root, key).send(new ConverseCommand(conversing(text, more)))).output.message;
  const calls = content.filter((block) => block.toolUse).map(({ toolUse }) => [toolUse.name, toolUse.input]);
  return said(content.map((block) => block.text ?? "").join(""), 0, calls);
};
const converseStream = async (root, key, text, more = {}) => {
  const deltas = [];
  const names = [];
  for await (const event of (await bedrock(root, key).send(new ConverseStreamCommand(conversing(text, more)))).stream) {
    if (event.contentBlockDelta) deltas.push(event.contentBlockDelta.delta);
    if (event.contentBlockStart?.start?.toolUse) names.push(event.contentBlockStart.start.toolUse.name);
  }
  const given = deltas.map((delta) => delta.toolUse?.input ?? "").join("");
  return said(deltas.map((delta) => delta.text ?? "").join(""), deltas.length, names.map((called) => [called, given]));
};
const converseTools = { toolConfig: { tools: [{ toolSpec: { name, description, inputSchema: { json: schema } } }] } };
const converseForm = {
  outputConfig: {
    textFormat: { type: "json_schema", structure: { jsonSchema: { name: "form", schema: JSON.stringify(schema) } } },
  },
};
const claude = (text, more = {}) => ({
  modelId: "anthropic.claude-3-haiku-20240307-v1:0",
  contentType: "application/json",
  body: JSON.stringify({ anthropic_version: "bedrock-2023-05-31", max_tokens: 256, messages: user(text), ...more }),
});
const parsed = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
const invoke = async (root, key, text, more = {}) =>
  blocks(parsed((await bedrock(root, key).send(new InvokeModelCommand(claude(text, more)))).body));
const invokeStream = async (root, key, text, more = {}) => {
  const deltas = [];
  const names = [];
  const made = await bedrock(root, key).send(new InvokeModelWithResponseStreamCommand(claude(text, more)));
  for await (const { chunk } of made.body) {
    const event = parsed(chunk.bytes);
    if (event.type === "content_block_delta") deltas.push(event.delta);
    if (event.content_block?.type === "tool_use") names.push(event.content_block.name);
  }
  const given = deltas.map((delta) => delta.partial_json ?? "").join("");
  return said(deltas.map((delta) => delta.text ?? "").join(""), deltas.length, names.map((called) => [called, given]));
};
const titan = async (root, key) => {
  const body = JSON.stringify({ inputText: person });
  const asked = { modelId: "amazon.titan-embed-text-v2:0", contentType: "application/json", body };
  return parsed((await bedrock(root, key).send(new InvokeModelCommand(asked))).body).embedding.length;
};

const functions = { tools: [{ type: "function", function: { name, description, parameters: schema } }] };
const functionCalls = (calls) => (calls ?? []).map(({ function: f }) => [f.name, f.arguments]);
const mistral = (serverURL, apiKey) => new Mistral({ serverURL, apiKey, retryConfig: { strategy: "none" } });
const mistralChat = async (root, key, text, more = {}) => {
  const { message } = (await mistral(root, key).chat.complete({ model, messages: user(text), ...more })).choices[0];
  return said(message.content, 0, functionCalls(message.toolCalls));
};
const mistralStream = async (root, key, text, more = {}) => {
  let told = "";
  let pieces = 0;
  const calls = [];
  for await (const { data } of await mistral(root, key).chat.stream({ model, messages: user(text), ...more })) {
    const { delta } = data.choices[0];
    told += delta.content ?? "";
    pieces += delta.content || delta.toolCalls ? 1 : 0;
    calls.push(...functionCalls(delta.toolCalls));
  }
  return said(told, pieces, calls);
};
const mistralForm = { responseFormat: { type: "json_schema", jsonSchema: { name: "form", schemaDefinition: schema, strict: true } } };

const cohere = (environment, token) => new CohereClientV2({ environment, token });
const cohereMessage = ({ content, toolCalls }) =>
  said((content ?? []).map((part) => part.text ?? "").join(""), 0, functionCalls(toolCalls));
const cohereChat = async (root, key, text, more = {}) =>
  cohereMessage((await cohere(root, key).chat({ model, messages: user(text), ...more }, { maxRetries: 0 })).message);
const cohereStream = async (root, key, text, more = {}) => {
  let told = "";
  let pieces = 0;
  const calls = [];
  for await (const { type, delta } of await cohere(root, key).chatStream({ model, messages: user(text), ...more })) {
    if (type === "content-delta") told += delta.message.content.text;
    if (type === "tool-call-start") calls.push([delta.message.toolCalls.function.name, delta.message.toolCalls.function.arguments ?? ""]);
    if (type === "tool-call-delta") calls.at(-1)[1] += delta.message.toolCalls.function.arguments;
    pieces += type.endsWith("-delta") ? 1 : 0;
  }
  return said(told, pieces, calls);
};
const cohereEmbedded = async (root, key) => {
  const asked = { model: embedder, texts: [person], inputType: "search_document", embeddingTypes: ["float"] };
  return (await cohere(root, key).embed(asked)).embeddings.float[0].length;
};

const ollama = (host, key) => new Ollama({ host, headers: { Authorization: `Bearer ${key}` } });
const ollamaMessage = ({ message }) => said(message.content, 0, functionCalls(message.tool_calls));
const ollamaChat = async (root, key, text, more = {}) =>
  ollamaMessage(await ollama(root, key).chat({ model, messages: user(text), ...more }));
const ollamaStream = async (root, key, text, more = {}) => {
  let told = "";
  let pieces = 0;
  const calls = [];
  for await (const { message } of await ollama(root, key).chat({ model, messages: user(text), stream: true, ...more })) {
    told += message.content;
    pieces += 1;
    calls.push(...functionCalls(message.tool_calls));
  }
  return said(told, pieces, calls);
};

const CELLS = {
  "openai (node)": {
    chat: async (r, k) => said((await chat(r, k, greet)).content),
    stream: (r, k) => chatStream(r, k, greet),
    tools: async (r, k) =>
      said("", 0, (await chat(r, k, weather, chatTools)).tool_calls.map(({ function: f }) => [f.name, f.arguments])),
    "stream tools": (r, k) => chatStream(r, k, weather, chatTools),
    structured: async (r, k) => said((await chat(r, k, form, chatForm)).content),
    embeddings: async (r, k) =>
      (await openai(r, k).embeddings.create({ model: embedder, input: [person] })).data[0].embedding.length,
    error: async (r, k) => said((await chat(r, k, busy)).content),
  },
  "openai responses (node)": {
    chat: (r, k) => responses(r, k, greet),
    stream: (r, k) => responseStream(r, k, greet),
    tools: (r, k) => responses(r, k, weather, responsesTools),
    "stream tools": (r, k) => responseStream(r, k, weather, responsesTools),
    structured: (r, k) => responses(r, k, form, responsesForm),
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
    embeddings: async (r, k) =>
      (await genai(r, k).embedContent({ model: embedder, contents: person })).embeddings[0].values.length,
    error: (r, k) => generate(r, k, busy),
  },
  "ai (node)": { ...vercelCells, embeddings: vercelEmbedded },
  "ai responses (node)": vercelCells,
  "ai anthropic (node)": vercelCells,
  "@aws-sdk converse (node)": {
    chat: (r, k) => converse(r, k, greet),
    stream: (r, k) => converseStream(r, k, greet),
    tools: (r, k) => converse(r, k, weather, converseTools),
    "stream tools": (r, k) => converseStream(r, k, weather, converseTools),
    structured: (r, k) => converse(r, k, form, converseForm),
    error: (r, k) => converse(r, k, busy),
  },
  "@aws-sdk invoke (node)": {
    chat: (r, k) => invoke(r, k, greet),
    stream: (r, k) => invokeStream(r, k, greet),
    tools: (r, k) => invoke(r, k, weather, messageTools),
    "stream tools": (r, k) => invokeStream(r, k, weather, messageTools),
    structured: (r, k) => invoke(r, k, form, { output_config: { format: { type: "json_schema", schema } } }),
    embeddings: titan,
    error: (r, k) => invoke(r, k, busy),
  },
  "@mistralai/mistralai (node)": {
    chat: (r, k) => mistralChat(r, k, greet),
    stream: (r, k) => mistralStream(r, k, greet),
    tools: (r, k) => mistralChat(r, k, weather, functions),
    "stream tools": (r, k) => mistralStream(r, k, weather, functions),
    structured: (r, k) => mistralChat(r, k, form, mistralForm),
    embeddings: async (r, k) =>
      (await mistral(r, k).embeddings.create({ model: embedder, inputs: [person] })).data[0].embedding.length,
    error: (r, k) => mistralChat(r, k, busy),
  },
  "cohere-ai (node)": {
    chat: (r, k) => cohereChat(r, k, greet),
    stream: (r, k) => cohereStream(r, k, greet),
    tools: (r, k) => cohereChat(r, k, weather, functions),
    "stream tools": (r, k) => cohereStream(r, k, weather, functions),
    structured: (r, k) => cohereChat(r, k, form, { responseFormat: { type: "json_object", jsonSchema: schema } }),
    embeddings: cohereEmbedded,
    error: (r, k) => cohereChat(r, k, busy),
  },
  "ollama (node)": {
    chat: (r, k) => ollamaChat(r, k, greet),
    stream: (r, k) => ollamaStream(r, k, greet),
    tools: (r, k) => ollamaChat(r, k, weather, functions),
    "stream tools": (r, k) => ollamaStream(r, k, weather, functions),
    structured: (r, k) => ollamaChat(r, k, form, { format: schema }),
    embeddings: async (r, k) => (await ollama(r, k).embed({ model: embedder, input: person })).embeddings[0].length,
    error: (r, k) => ollamaChat(r, k, busy),
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
      const status = error.status ?? error.statusCode ?? error.status_code ?? error.$metadata?.httpStatusCode ?? error.code ?? 0;
      made[cell] = { raised: error.constructor.name, status, why: String(error.message ?? error) };
    }
  }
  console.log(JSON.stringify(made));
}
