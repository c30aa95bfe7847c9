"""What tests, benches and training share: fakes, records, samples of every dialect, the product as a child process."""
