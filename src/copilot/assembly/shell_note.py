"""What the model is told of the shell it has."""

from copilot.shell.shells import Shell


def shell_note(shells: tuple[Shell, ...]) -> str:
    """A sentence for the system prompt; the first shell is the one that scripts get."""
    if not shells:
        return "No shell was found on this machine: there is no tool for scripts."
    shell = shells[0]
    words = {
        "pwsh": "PowerShell 7 (`run_powershell`)",
        "powershell": "Windows PowerShell 5.1 (`run_powershell`)",
        "bash": "bash (`run_shell`)",
        "sh": "the POSIX shell sh (`run_shell`); no bash features",
    }
    return f"Scripts run in {words[shell.name]}."
