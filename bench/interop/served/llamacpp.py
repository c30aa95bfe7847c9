"""llama.cpp's own HTTP server around one GGUF file: ``llamacpp.py MODEL.gguf PORT``. Of two answers it takes the likelier."""

from __future__ import annotations

import signal
import sys

import xllamacpp


def main() -> None:
    """Serve until killed."""
    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.model_alias = {"toy"}
    params.hostnames, params.port = ["127.0.0.1"], int(sys.argv[2])
    params.n_ctx, params.n_parallel, params.n_predict = 4096, 1, 64
    params.n_batch = params.n_ubatch = 2048
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    params.sampling.temp = 0
    params.use_jinja, params.offline, params.ui = True, True, False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
