"""Whether a window can be shown here at all. Loads no part of Dear PyGui into this process."""

import subprocess
import sys
from collections.abc import Mapping

from copilot.shell.own_python import own_environment, own_python

CONNECT_SECONDS = 15.0
"""How long a display may take to answer; software rendering on a busy machine needs about one second."""

# Dear PyGui aborts the whole process where there is no display, so a child tries it: the library's own GLFW
# connects and makes one hidden window with an OpenGL context.
_PROBE = """
import ctypes, dearpygui._dearpygui as library
glfw = ctypes.CDLL(library.__file__)
pointer, number = ctypes.c_void_p, ctypes.c_int
glfw.glfwCreateWindow.restype = pointer
glfw.glfwCreateWindow.argtypes = [number, number, ctypes.c_char_p, pointer, pointer]
if not glfw.glfwInit():
    raise SystemExit(3)
glfw.glfwWindowHint(0x00020004, 0)
raise SystemExit(0 if glfw.glfwCreateWindow(16, 16, b"probe", None, None) else 4)
"""


def display_available(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """True where a window can be shown. See `display_trouble`."""
    return display_trouble(environ, platform) == ""


def display_trouble(environ: Mapping[str, str], platform: str = sys.platform) -> str:
    """Why no window can be shown here, as a line for the person; empty when one can.

    Windows and macOS always have their desktop; there, only the library's import is tried.
    """
    probe = _PROBE
    if platform in ("win32", "darwin"):
        probe = "import dearpygui._dearpygui"
    elif not environ.get("DISPLAY"):
        return "No display: DISPLAY is not set."
    try:
        done = subprocess.run(
            own_python("-c", probe),
            env=own_environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=CONNECT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return f"The display {environ.get('DISPLAY', '')} did not answer in {CONNECT_SECONDS:.0f} seconds."
    match done.returncode:
        case 0:
            return ""
        case 1:
            return "Dear PyGui cannot be loaded on this machine: " + _last_line(done.stderr)
        case 4:
            return f"The display {environ.get('DISPLAY', '')} offers no OpenGL."
        case _:
            return f"The display {environ.get('DISPLAY', '')} cannot be reached."


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no reason given"
