"""Write the toy model that the product ships as one of transformers': ``hugging_model.py MODEL.gguf FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from transformers import AutoModelForCausalLM, AutoTokenizer

_LONGEST_ANSWER_TOKENS = 64


def main() -> None:
    """Read the weights of a GGUF file, which are not quantized ones, and write them with tokenizer and template."""
    gguf, folder = Path(sys.argv[1]), Path(sys.argv[2])
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model.hf_quantizer, model.is_quantized = None, False
    del model.config.quantization_config
    model.generation_config.do_sample = False
    model.generation_config.max_new_tokens = _LONGEST_ANSWER_TOKENS
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)


if __name__ == "__main__":
    main()
