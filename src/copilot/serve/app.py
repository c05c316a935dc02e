"""The routes, and everything that a request passes on its way to them, put together."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, get_args
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from copilot.serve.admitting import VISIT, Admitting, Clocks, Rated
from copilot.serve.answers import RefusedError, of_error
from copilot.serve.bodies import MOST_READ, Unread, read_object, unread
from copilot.serve.contract import NotThereError, User, WorkspaceEndedError, Workspaces
from copilot.serve.following import Stream, Wake
from copilot.serve.guarding import Answering, Bounded, Hosted, Sizes, Unbrowsed
from copilot.serve.names import project_flaw
from copilot.serve.recording import Audited, Recorder
from copilot.serve.threads import Threads
from copilot.serve.tokens import Register
from copilot.serve.visits import Visit, Visits
from copilot.vocabulary.codec import to_json
from copilot.vocabulary.commands import Command
from copilot.vocabulary.errors import CopilotError, LockedError, StorageError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.release import program_version
from copilot.vocabulary.values import ModelChoice

API = 1
"""Of what is served below `/v1`; within a version things are only added."""

_JSON = "application/json"
_LARGEST_NUMBER = 2**53
_SNAPSHOT_SECONDS = 20.0
"""For a process to begin and to say what there is."""


@frozen
class Parts:
    """What the door is made of. `complain` tells the operator; `secret_paths` are told to nobody else.

    `model` is the one that users are told to take where they want none in particular.
    """

    workspaces: Workspaces
    register: Register
    recorder: Recorder
    visits: Visits
    threads: Threads
    clocks: Clocks
    hosts: frozenset[str]
    complain: Callable[[str], None]
    model: ModelChoice | None = None
    secret_paths: tuple[str, ...] = ()
    sizes: Sizes = Sizes()


def door(parts: Parts, lifespan: Callable[[Any], AbstractAsyncContextManager[None]] | None = None) -> ASGIApp:
    """The whole application. `lifespan` runs beside it."""

    async def forsaken(name: str) -> None:
        await parts.threads.run(None, parts.workspaces.stop_user, name)

    recorder, clocks = parts.recorder, parts.clocks
    routes = _Routes(parts)
    router = Router(routes.all(), redirect_slashes=False, default=_nowhere, lifespan=lifespan)

    def answer(error: CopilotError) -> ASGIApp:
        if isinstance(error, StorageError) and not isinstance(error, LockedError):
            parts.complain(str(error))  # whose details are for nobody else
        return of_error(error, parts.secret_paths)

    app: ASGIApp = Audited(_Named(router), recorder, clocks.steady, answer)
    app = Rated(app, clocks)
    app = Admitting(app, parts.register, parts.visits, clocks, recorder.strange, forsaken)
    app = Unbrowsed(app, recorder.strange)
    app = Hosted(app, parts.hosts, recorder.strange)
    app = Bounded(app, parts.sizes, clocks.steady)
    return Answering(app, parts.complain, answer)


class _Named:
    """Has the router raise its refusals, which are answered in our form, where it would answer in its own."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._app = Starlette()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self._app
        try:
            await self._router(scope, receive, send)
        except HTTPException as refusal:
            allowed = (refusal.headers or {}).get("Allow", "")
            raise RefusedError(
                refusal.status_code, "this cannot be done here", f"Here: {allowed}", headers=refusal.headers
            ) from refusal


async def _nowhere(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise NotThereError("there is nothing at this address", "docs/serve.md names all there is.")


class _Routes:
    """What can be asked. Each takes a request whose visit stands in its scope."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._spaces = parts.workspaces

    def all(self) -> list[Route]:
        """Every address."""
        one = "/v1/projects/{project}"
        return [
            Route("/v1/me", self._me, methods=["GET"]),
            Route("/v1/projects", self._projects, methods=["GET"]),
            Route(one, self._project, methods=["GET"]),
            Route(one, self._create, methods=["PUT"]),
            Route(f"{one}/commands", self._command, methods=["POST"]),
            Route(f"{one}/events", self._events, methods=["GET"]),
            Route(f"{one}/files/{{path:path}}", self._read, methods=["GET"]),
            Route(f"{one}/files/{{path:path}}", self._write, methods=["PUT"]),
            Route(f"{one}/files/{{path:path}}", self._delete, methods=["DELETE"]),
            Route(f"{one}/attachments/{{name}}", self._attach, methods=["POST"]),
        ]

    async def _me(self, request: Request) -> Response:
        visit = _visit(request, "me")
        return JSONResponse(
            {
                "user": visit.user.name,
                "token": visit.token.id,
                "expires_at": visit.token.expires_at,
                "limits": to_json(visit.user.limits),
                "model": to_json(self._parts.model),
                "api": API,
                "version": program_version(),
            }
        )

    async def _projects(self, request: Request) -> Response:
        visit = _visit(request, "projects")
        return JSONResponse({"projects": list(await self._run(visit, self._spaces.projects))})

    async def _create(self, request: Request) -> Response:
        visit, project = _visit(request, "create"), _project(request)
        await _body(request, visit)
        await self._parts.recorder.begins(visit, "create", project, visit.received)
        await self._run(visit, self._spaces.create, project)
        return JSONResponse({"project": project}, status_code=201)

    async def _project(self, request: Request) -> Response:
        visit, project = _visit(request, "look"), _project(request)
        number, events = await self._run(visit, self._seen, project)
        waiting = await self._run(visit, self._spaces.approvals, project)
        told = {"project": project, "number": number, "snapshot": events, "approvals": list(waiting)}
        return JSONResponse(told)

    async def _command(self, request: Request) -> Response:
        visit, project = _visit(request, "command"), _project(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            raise RefusedError(415, f"a command is {_JSON}", closes=True)
        command = await self._parts.threads.run(visit.user.name, read_command, await _body(request, visit))
        name = command.name if isinstance(command, Unread) else command["command"]
        did = f"command {name}"
        await self._parts.recorder.begins(visit, did, project, visit.received)
        await self._run(visit, self._spaces.submit, project, command)
        return JSONResponse({"taken": name}, status_code=202)

    async def _events(self, request: Request) -> Stream:
        visit, project = _visit(request, "follow", "after"), _project(request)
        if request.method == "HEAD":
            raise RefusedError(405, "a stream has no end that one could wait for", headers={"allow": "GET"})
        after, wake = _after(request), Wake()
        follow = await self._run(visit, self._spaces.follow, project, after, wake)
        return Stream(follow, wake, visit, self._parts.clocks.utc)

    async def _read(self, request: Request) -> Response:
        visit, project = _visit(request, "read file"), _project(request)
        data = await self._run(visit, self._spaces.read_file, project, request.path_params["path"])
        return Response(
            data, media_type="application/octet-stream", headers={"content-disposition": "attachment"}
        )

    async def _write(self, request: Request) -> Response:
        visit, project = _visit(request, "write file"), _project(request)
        data = await _body(request, visit)
        await self._parts.recorder.begins(visit, "write file", project, visit.received)
        await self._run(visit, self._spaces.write_file, project, request.path_params["path"], data)
        return Response(status_code=204)

    async def _delete(self, request: Request) -> Response:
        visit, project = _visit(request, "delete file"), _project(request)
        await _body(request, visit)
        await self._parts.recorder.begins(visit, "delete file", project, visit.received)
        await self._run(visit, self._spaces.delete_file, project, request.path_params["path"])
        return Response(status_code=204)

    async def _attach(self, request: Request) -> Response:
        visit, project = _visit(request, "attach"), _project(request)
        data = await _body(request, visit)
        await self._parts.recorder.begins(visit, "attach", project, visit.received)
        part = await self._run(visit, self._spaces.attach, project, request.path_params["name"], data)
        return JSONResponse(dict(part), status_code=201)

    async def _run(self, visit: Visit, call: Callable[..., Any], *args: Any) -> Any:
        return await self._parts.threads.run(visit.user.name, call, visit.user, *args)

    def _seen(self, user: User, project: str) -> tuple[int, list[JsonValue]]:
        """What a follower would fold to know all that there is, and the number of the last of it."""
        follow = self._spaces.follow(user, project)
        number, events = 0, list[JsonValue]()
        try:
            taken = follow.take(_SNAPSHOT_SECONDS)
            while taken:
                for one in taken:
                    told = json.loads(one.line)
                    events = told["snapshot"] if one.kind == "snapshot" else [*events, told]
                    number = one.number
                taken = follow.take()
        finally:
            follow.close()
        if not events:
            raise WorkspaceEndedError("the project did not say what it holds", "Ask again.")
        return number, events


def read_command(body: bytes) -> Mapping[str, JsonValue] | Unread:
    """The command in a body, as the workspaces take it: they know what may be left out and what is allowed.

    Raises RefusedError for what names no command, or is none that JSON in UTF-8 can say.
    """
    if len(body) > MOST_READ:
        long = unread(body)
        if long is None:
            hint = f'What has more than {MOST_READ:,} bytes begins with {{"command": NAME.'
            raise RefusedError(400, "the body does not say at its beginning which command it is", hint)
        _check_name(long.name)
        return long
    try:
        command = read_object(body)
    except ValueError as error:
        raise RefusedError(400, "the body is no JSON object in UTF-8") from error
    _check_name(command.get("command"))
    return command


def _check_name(name: JsonValue) -> None:
    if not isinstance(name, str) or name not in {kind.__name__ for kind in get_args(Command)}:
        raise RefusedError(
            400, "the object has no command that there is", "docs/serve.md says how one looks."
        )


def _visit(request: Request, did: str, *words: str) -> Visit:
    """Who asks; `words` are what may stand behind the question mark, once each."""
    visit: Visit = request.scope[VISIT]
    visit.did = did
    given = [
        name for name, _ in parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    ]
    if set(given) - set(words) or len(given) > len(set(given)):
        allowed = f"Only {', '.join(words)} may stand there." if words else "Leave it out."
        raise RefusedError(400, "there is something behind the question mark that nobody asked for", allowed)
    return visit


def _project(request: Request) -> str:
    name: str = request.path_params["project"]
    if flaw := project_flaw(name):
        raise NotThereError(f"no project is called that: {flaw}")
    visit: Visit = request.scope[VISIT]
    visit.project = name
    return name


def _after(request: Request) -> int:
    text = request.query_params.get("after", "0")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else -1
    if not 0 <= number <= _LARGEST_NUMBER:
        raise RefusedError(400, "after takes a number that an event had")
    return number


async def _body(request: Request, visit: Visit) -> bytes:
    """The whole body, within what this user may send. Raises RefusedError."""
    most = visit.user.limits.body_bytes
    pieces: list[bytes] = []
    try:
        async for piece in request.stream():
            visit.received += len(piece)
            if visit.received > most:
                raise RefusedError(413, f"a body of yours may have {most:,} bytes", closes=True)
            pieces.append(piece)
    except ClientDisconnect as error:
        raise RefusedError(400, "the request was given up", closes=True) from error
    return b"".join(pieces)
