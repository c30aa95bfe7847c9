"""Keys of replies in all dialects. None of them can be a value, so it does not matter whose they are. Tables only.

Sources: types of the SDKs of OpenAI (3.57), Anthropic (2.14), Google (3.6), Cohere (7.3) and MCP (2.3), botocore's
model of Bedrock (1.44), the sources of the model servers. A key that is missing is read like any text.
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
    @body _debug_info _meta access_programs acknowledged_safety_checks action actionReason actions
    additionalModelResponseFields allowed_callers allowed_domains allowed_tools alternatives always
    amazon-bedrock-guardrailAction amazon-bedrock-invocationMetrics amazon-bedrock-trace annotation annotations
    answers api_version applied_edits approval_request_id approve args argument arguments array assessments async at
    attributes audience audio authorization avg_logprob b64_json background base64 best_of_sequences billed_units
    binary binary_data_size blob blockReason blockReasonMessage blocked blocks body boolValue bottom_right_x
    bottom_right_y bucketOwner button cacheDetails cachePoint cacheScope cacheTokensDetails cache_creation
    cache_missed_tokens cache_n cache_write_tokens cache_write_tokens_details cached_image_tokens cached_text_tokens
    cached_tokens_details call call_id caller caller_id cancel canceled candidates candidatesTokensDetails
    capabilities categories category category_applied_input_types category_scores chat_history choice choices
    chosenCandidates chunk_id citation citationMetadata citationSources citations citationsContent cited_text city
    classifications cleared_input_tokens cleared_tool_uses clientInfo closed code codeExecutionResult command
    commands comparison_response_id comparison_reusable_tokens completed completion completionReason
    completion_probabilities completion_tokens_details completion_window completions complexity compression_ratio
    connector_id container container_id content contentBlockDelta contentBlockStart contentBlockStop contentPolicy
    content_block content_filter_results contents context_compression context_management contextualGroundingPolicy
    continuationToken conversation costPriority count country create createMessage createTime createdAt created_by
    cursor custom customWords custom_id cyber data datatype debug default defer_loading definition deleted delta
    description destructiveHint detail detailed_explanation details detected diff dimensions displayName
    display_height display_width doc_size_bytes document documentChar documentChunk documentIndex documentName
    documentPage document_annotation document_index document_title documents domain domain_secrets done done_reason
    dpi effort elicitationId embedding embedding_weight embeddings enabled encrypted_content encrypted_index
    encrypted_stdout endIndex end_block_index end_char_index end_page_number endpoint env environment error
    error_code error_file_id error_message error_type errored errors event_type executableCode execution exit_code
    experimental expired explanation explanations extensions external_web_access failed fallback_credit_token
    fileData fileUri file_data file_id file_ids file_type file_url filename filepath filterStrength filtered filters
    findings fingerprint finishMessage finishReason finish_reason firstPage first_id flagged float for form format
    format_version found frame_count frame_duration_ms function functionCall functionResponse function_call
    generate_summary generated_text generation generationConfig generation_id generation_settings generations
    googleMapsUri googleMapsWidgetContextToken grammar groundingChunkIndices groundingChunks groundingMetadata
    groundingSupports guardContent guarded guardrail guardrailArn guardrailCoverage guardrailId guardrailOrigin
    guardrailOwnership guardrailVersion harassment harassment/threatening hasMore has_more has_new_line hate
    hate/threatening hate_threatening header headers height hints hybrid_search icons id idempotentHint illicit
    illicit/violent image imageSearchQueries image_annotation image_base64 image_count image_gen image_url images
    includeContext incomplete_details inference_geo inlineData input inputAssessment inputRequests inputResponses
    inputSchema input_fidelity input_file_id input_image_mask input_length input_schema input_token_details
    input_tokens_details input_transformations inputs instructions int8 intelligencePriority intent
    invocationMetrics invokedModelId isError is_error is_file_update is_finished item item_id iterations json
    jsonPath jsonrpc key keys kv_transfer_params label language languages lastModified lastPage lastUpdatedAt
    last_id latency level license line lines list listChanged location logger logging logprobs logprobsResult logs
    maps markdown match matched matched_stop maxTokens max_model_len max_num_results max_output_length
    max_tool_calls media_type memory_limit message messageStart messageStop messages meta meta_info metadata method
    metrics mimeType misalignment modality mode model modelOutput modelPreferences modelVersion model_name
    model_spec model_version model_version_status moderation moderation_details moderation_stage name namespace
    network_policy never new_lines new_start nextCursor no_speech_prob note notifications nullValue
    num_cached_tokens num_classes num_lines num_processed_tokens num_requests number numberValue obfuscation object
    of old_lines old_start openWorldHint operation options outcome output outputAssessments outputSchema outputText
    output_compression output_file_id output_format output_schema output_tokens_details outputs p pageSpan page_age
    pages pages_processed parallel_tool_calls param parameters params part partIndex partMetadata partialArgs
    partial_image_b64 partial_image_index partial_images partial_json parts path pattern pending_safety_checks
    performanceConfig phase piece pii piiEntities platform pollInterval predicted_n predictions prefill prefix
    previous_response_id priority probs processing processing_status progress progressToken prompt promptFeedback
    promptRouter promptTokensDetails prompt_audio_seconds prompt_cache_breakpoint prompt_cache_diagnostics
    prompt_cache_key prompt_cache_options prompt_cache_retention prompt_filter_results prompt_index prompt_logprobs
    prompt_n prompt_progress prompt_tokens_details prompts promptsListChanged properties protocolVersion provider
    publicationDate purpose qualifiers quality queries query ragChunk ranker ranking_options readOnlyHint read_only
    reason reasoning reasoningContent reasoningText reasoning_content reasoning_details redactedContent ref
    reference_ids refusal regex regexes region relevant_spans remote_host remote_model renderedContent
    rendered_template requestId requestState request_counts request_id requestedSchema requests require_approval
    required resource resourceSubscriptions resourceTemplates resources resourcesListChanged response responseId
    response_id response_type result resultType results results_url retrievalMetadata retrievalQueries
    retrievedContext retrievedUrl retrieved_at return_code review_target revised_prompt role roots s3Location
    safetyRatings safety_identifier samplers sampling scheduling schema score_threshold scores scroll_x scroll_y
    sdkBlob searchEntryPoint searchResult searchResultIndex searchResultLocation search_content_types
    search_context_size search_result_index search_units seconds seek segment segment_id segments self-harm
    self-harm/instructions self-harm/intent self_harm sensitiveInformationPolicy serverInfo serverName
    server_description server_label server_name server_tool_use server_url serviceTier service_tier severity sexual
    sexual/minors shape signature signature_name size sizes skill_id skills source sourceContent sources speaker
    special speed speedPriority src startIndex start_block_index start_char_index start_line start_page_number state
    statistics status statusMessage status_details stderr stdout steer stop stopReason stopSequences stop_details
    stop_reason stop_sequence stop_type stopping_word stream strict stringValue structuredContent subscribe
    succeeded summary supportedVersions svg svg_usage syntax systemPrompt system_fingerprint tables task taskId
    taskSupport tasks text textCharacters text_offset text_output text_weight texts theme thinking thinking_blocks
    thought thoughtSignature threshold timeout_ms timezone timings title token token_logprobs token_strings
    token_strs tool toolAddition toolCall toolChoice toolRemoval toolResponse toolResult toolType toolUse toolUseId
    toolUsePromptTokensDetails tool_call_id tool_calls tool_changes tool_choice tool_id tool_name tool_names
    tool_output tool_plan tool_references tool_usage tool_use_id tools toolsListChanged toolset_name topCandidates
    top_left_x top_left_y top_logprobs top_tokens topicPolicy topics total totalBillableCharacters total_lines trace
    trafficType transcript translation truncated truncation ttl ttl_12h_tokens ttl_30m_tokens tunnel_id type ubinary
    uint8 uri uriTemplate url urlContextMetadata urlMetadata urlRetrievalStatus url_citation usage usageMetadata
    usage_info user user_location value values variables vector vector_store_ids verbosity version versions video
    videoMetadata violence violence/graphic warnings web webSearchQueries web_fetch_requests web_search
    web_search_requests websiteUrl weight_version width willContinue word wordPolicy words working_directory x y
    """.split()
)
