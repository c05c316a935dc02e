"""What a model may call: one typed function a tool. Made by `assembly`, called by `ai` through the registry.

A tool is a function `(ctx: ToolContext, *, argument: Annotated[T, Argument(description=...)]) -> str` with a
docstring. Its schema comes from its signature and docstring, and the same model validates the call
(`schema`). Expected failures raise `ToolError`: the model reads the message. A tool that changes anything
calls `ctx.approve(detail)` first and acts on exactly what that returns.
"""
