"""The rim: HTTP and WebSocket. The only imports of aiohttp."""
