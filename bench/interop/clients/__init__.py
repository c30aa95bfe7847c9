"""What the clients of services do, each module for one family of SDKs."""
