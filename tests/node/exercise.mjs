// The OpenAI SDK for Node against BASE_URL: chat, stream, tools, embeddings. One line per check; exit 1 when one fails.
import assert from "node:assert/strict";
import OpenAI from "openai";

const { BASE_URL, API_KEY = "none", CHAT_MODEL = "any", EMBEDDING_MODEL = CHAT_MODEL, TOOLS = "required" } = process.env;
assert.ok(BASE_URL, "BASE_URL must be set, e.g. http://127.0.0.1:8080/v1");
const client = new OpenAI({ baseURL: BASE_URL, apiKey: API_KEY, maxRetries: 0, timeout: 60_000 });
const messages = [{ role: "user", content: "Tell me about the invoice" }];
const tools = [{
  type: "function",
  function: {
    name: "find_invoice",
    description: "Find an invoice by its number",
    parameters: { type: "object", properties: { number: { type: "string" } }, required: ["number"] },
  },
}];

const checks = {
  async chat() {
    const reply = await client.chat.completions.create({ model: CHAT_MODEL, messages, temperature: 0 });
    assert.equal(reply.object, "chat.completion");
    assert.ok(reply.choices[0].message.content.length > 0);
    assert.ok(reply.usage.total_tokens > 0);
  },

  async stream() {
    const stream = await client.chat.completions.create({
      model: CHAT_MODEL, messages, temperature: 0, stream: true, stream_options: { include_usage: true },
    });
    let text = "", finish = null, usage = null, chunks = 0;
    for await (const chunk of stream) {
      chunks += 1;
      text += chunk.choices[0]?.delta?.content ?? "";
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    assert.ok(chunks > 2 && text.length > 0, "no text came");
    assert.equal(finish, "stop");
    assert.ok(usage.total_tokens > 0);
  },

  async tools() {
    const first = await client.chat.completions.create({ model: CHAT_MODEL, messages, tools });
    const { message, finish_reason } = first.choices[0];
    if (TOOLS === "optional" && finish_reason === "stop") return;
    assert.equal(finish_reason, "tool_calls");
    assert.equal(message.tool_calls[0].function.name, "find_invoice");
    assert.ok("number" in JSON.parse(message.tool_calls[0].function.arguments));
    const answered = { role: "tool", tool_call_id: message.tool_calls[0].id, content: "{\"state\": \"paid\"}" };
    const second = await client.chat.completions.create({ model: CHAT_MODEL, messages: [...messages, message, answered], tools });
    assert.equal(second.choices[0].finish_reason, "stop");
  },

  async embeddings() {
    const reply = await client.embeddings.create({ model: EMBEDDING_MODEL, input: ["invoice", "contract"] });
    const [first, second] = reply.data.map((item) => item.embedding);
    assert.ok(first.length > 1 && first.length === second.length);
    assert.ok(first.some((number) => number !== 0), "only zeros came");
    assert.notDeepEqual(first, second);
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`failed ${name}: ${error.constructor.name}: ${error.message}`);
  }
}
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
