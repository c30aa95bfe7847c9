"""Which targets would serve a request: by route, by what they take, and for whom they are called."""
