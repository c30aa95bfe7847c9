"""Keys of replies in all dialects. None of them can be a value, so it does not matter whose they are. Tables only.

Sources: types of the SDKs of OpenAI (3.57), Anthropic (2.14), Google (3.6), Cohere (7.3) and MCP (2.3), botocore's
model of Bedrock (1.44), the sources of the model servers. A key that neither this nor its dialect's table has is read
like any text.
"""

from __future__ import annotations

#: Keys of numbers that count, date or measure.
COUNTS = frozenset(
    """
    accepted_prediction_tokens annotation_index archived_at audio_tokens avgLogprobs bytes cacheReadInputTokens
    cacheWriteInputTokens cache_creation_input_tokens cache_read_input_tokens cachedContentTokenCount cached_tokens
    cancel_initiated_at cancelled_at cancelling_at candidatesTokenCount command_index completed_at completion_tokens
    confidence confidenceScores contentBlockIndex content_index context cost created created_at duration e2e_latency
    end end_index ended_at ephemeral_1h_input_tokens ephemeral_5m_input_tokens eval_count eval_duration expired_at
    expires_at failed_at finalizing_at firstByteLatency frequency_penalty generated_tokens generation_token_count
    hidden_states id_slot image_tokens in_progress_at index inputTextTokenCount inputTokenCount inputTokens
    input_tokens invocationLatency item_index latencyMs load_duration logProbability logprob max_output_tokens
    max_tokens outputTokenCount outputTokens output_ids output_index output_tokens predicted_ms predicted_per_second
    predicted_per_token_ms presence_penalty probability probabilityScore promptTokenCount prompt_eval_count
    prompt_eval_duration prompt_ms prompt_per_second prompt_per_token_ms prompt_token_count prompt_token_ids
    prompt_tokens reasoning_tokens rejected_prediction_tokens relevance_score score seed sequence_number
    severityScore start start_index summary_index temperature text_tokens thoughtsTokenCount tokenCount tokenId
    token_id token_ids tokens tokens_cached tokens_evaluated tokens_predicted toolUsePromptTokenCount top_p
    totalTokenCount totalTokens total_duration total_tokens ttlMs usage_bytes
    """.split()
)
KEYS = COUNTS | frozenset(
    """
    @body action actionReason alternatives amazon-bedrock-invocationMetrics amazon-bedrock-trace annotation
    annotations answers api_version argument arguments at attributes audience billed_units binary binary_data_size
    blockReasonMessage blocked blocks body boolValue cacheDetails cacheTokensDetails cache_creation
    cache_write_tokens cached_tokens_details call call_id caller canceled candidatesTokensDetails capabilities
    categories category category_scores choice choices chosenCandidates citation citationMetadata citations
    citationsContent cited_text classifications closed code codeExecutionResult command commands completed
    completion completion_tokens_details container content contentBlockStart contentBlockStop content_filter_results
    conversation count createdAt created_by cursor custom custom_id data default definition deleted delta
    description detail details detected diff dimensions displayName document documentChar documentChunk
    documentIndex documentName documentPage document_index document_title documents domain done elicitationId
    embedding embeddings enabled endIndex end_block_index end_char_index end_page_number error error_message
    error_type errored errors execution exit_code expired explanation failed fileData fileUri file_data file_id
    file_ids file_url filename filtered finishMessage finish_reason flagged float for format format_version found
    function generated_text generation_settings grammar groundingChunkIndices groundingChunks groundingSupports
    guardrail harassment harassment/threatening hasMore has_more hate hate/threatening header height hints icons id
    illicit illicit/violent image imageSearchQueries image_url images incomplete_details input inputSchema
    input_length input_token_details input_tokens_details inputs instructions invocationMetrics isError is_error
    is_finished item iterations jsonPath key keys label lastModified line lines listChanged location logger logprobs
    logs markdown match matched maxTokens max_model_len max_tool_calls media_type message messageStart messages meta
    metadata metrics model modelOutput modelPreferences moderation name namespace nextCursor note nullValue
    num_classes number numberValue object of options output output_schema output_tokens_details outputs page_age
    pages_processed parallel_tool_calls parameters part partIndex partial_image_index parts pending_safety_checks
    performanceConfig prefix priority probs processing progress progressToken prompt promptRouter
    promptTokensDetails prompt_audio_seconds prompt_cache_key prompt_cache_retention prompt_filter_results
    prompt_index prompt_progress prompt_tokens_details prompts properties provider publicationDate qualifiers query
    reason reasoning reasoning_content reference_ids refusal relevant_spans renderedContent requestId request_counts
    request_id requestedSchema requests required resourceTemplates resources response response_id result results
    retrievalMetadata retrievalQueries retrievedContext retrievedUrl revised_prompt role safetyRatings
    safety_identifier samplers scores searchResult searchResultIndex searchResultLocation search_result_index
    search_units seconds segment self-harm self-harm/instructions self-harm/intent serverInfo serverName
    server_label server_name server_tool_use serviceTier service_tier sexual sexual/minors shape signature size
    sizes source sourceContent sources special src startIndex start_block_index start_char_index start_page_number
    status statusMessage stderr stdout stop stopSequences stop_sequence stopping_word stream strict stringValue
    succeeded summary syntax systemPrompt system_fingerprint tables taskId text text_offset texts thinking thought
    threshold timeout_ms timings title token token_logprobs tool toolAddition toolChoice toolRemoval
    toolUsePromptTokensDetails tool_call_id tool_calls tool_choice tool_id tool_name tool_names tool_plan
    tool_references tools topCandidates top_logprobs total totalBillableCharacters trace transcript translation
    truncated type ubinary uint8 uri uriTemplate url urlContextMetadata urlMetadata url_citation usage usage_info
    user value values vector verbosity version videoMetadata violence violence/graphic warnings web webSearchQueries
    web_fetch_requests web_search web_search_requests websiteUrl width willContinue words
    """.split()
)
