"""The in-region model server: llama.cpp's own HTTP server around one GGUF file, as its own process.

    python -m proxy.embedded.model_server --model FILE.gguf --port N

It listens on loopback by default and requires no key: only the proxy may reach it. It serves OpenAI chat, completions
and embeddings under ``/v1``, and ``GET /health``.
"""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

#: The shipped toy: it shows the path and knows nothing.
TOY_MODEL = Path(__file__).with_name("models") / "toy.gguf"
TOY_NAME = "in-region-toy"
_CONTEXT_TOKENS = 16_384  # shared by the slots: one long conversation or several short ones
_SLOTS = 4
_BATCH_TOKENS = 2048  # an embedding input must fit into one batch
_LONGEST_ANSWER_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class ModelServerOptions:
    """The command line."""

    model: Path
    host: str
    port: int
    alias: str


def serve(options: ModelServerOptions) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        FileNotFoundError: the model file does not exist.

    """
    import xllamacpp  # noqa: PLC0415 - loading llama.cpp would slow --help down

    if not options.model.is_file():
        raise FileNotFoundError(f"no model file at {options.model}")
    params = xllamacpp.CommonParams()
    params.model.path = str(options.model)
    params.model_alias = {options.alias}
    params.hostnames = [options.host]
    params.port = options.port
    params.n_ctx = _CONTEXT_TOKENS
    params.kv_unified = True
    params.n_parallel = _SLOTS
    params.n_predict = _LONGEST_ANSWER_TOKENS
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    params.n_batch = params.n_ubatch = _BATCH_TOKENS
    params.use_jinja = True
    params.endpoint_metrics = True
    params.endpoint_slots = False
    params.offline = True
    params.ui = False
    if options.model == TOY_MODEL:
        params.cpuparams.n_threads = 1  # several would mostly wait for each other, each using up a core
    params.warmup = options.model != TOY_MODEL  # a dry run, so that a large model's first answer is not slow
    server = xllamacpp.Server(params)
    sys.stdout.write(f"in-region model {options.alias} at {server.listening_address}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="Serve one GGUF model over OpenAI's HTTP interface.")
    parser.add_argument("--model", type=_model, default=TOY_MODEL, help="a GGUF file, or 'toy' for the shipped one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, required=True, help="port to listen on")
    parser.add_argument("--alias", default="", help="the model's name in replies")
    arguments = parser.parse_args()
    alias = arguments.alias or (TOY_NAME if arguments.model == TOY_MODEL else arguments.model.stem)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    serve(ModelServerOptions(arguments.model, arguments.host, arguments.port, alias))


def _model(text: str) -> Path:
    return TOY_MODEL if text == "toy" else Path(text)


if __name__ == "__main__":
    main()
