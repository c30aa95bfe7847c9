"""``python -m training.toy``."""

from __future__ import annotations

from training.toy.train import main

if __name__ == "__main__":
    main()
