"""The scripts that teach a shell to complete `copilot`; each is whole, and asks only for names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from copilot.cli.completion_words import NAME_KINDS, Command, Option

ShellWord = Literal["bash", "zsh", "fish", "powershell"]
SHELLS: tuple[ShellWord, ...] = ("bash", "zsh", "fish", "powershell")
LOADED_BY: Mapping[ShellWord, str] = {
    "bash": 'eval "$(copilot completion bash)"  in ~/.bashrc',
    "zsh": 'eval "$(copilot completion zsh)"  in ~/.zshrc, after compinit',
    "fish": "copilot completion fish > ~/.config/fish/completions/copilot.fish",
    "powershell": "copilot completion powershell | Out-String | Invoke-Expression  in $PROFILE",
}


def script(shell: ShellWord, commands: Sequence[Command]) -> str:
    """The whole script for a shell; `commands` as `completion_words.commands_of` has them."""
    head = f"# Completion of copilot. Load it with: {LOADED_BY[shell]}\n"
    match shell:
        case "bash":
            return head + _bash(commands)
        case "zsh":
            return "#compdef copilot\n" + head + _zsh(commands)
        case "fish":
            return head + "\n".join(_fish(commands)) + "\n"
        case "powershell":
            return head + _powershell(commands)


_BASH = """\
_copilot() {{
    local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}" command="" words="" kind="" i
    if [[ $prev == "=" ]]; then prev="${{COMP_WORDS[COMP_CWORD-2]}}"; fi
    if [[ $cur == "=" ]]; then cur=""; fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "${{COMP_WORDS[i]}}" in
            {valued}) ((i++)) ;;
            {names}) command="${{COMP_WORDS[i]}}"; break ;;
        esac
    done
    case "$command $prev" in
{values}
        *)
            if [[ $cur == -* ]]; then
                case "$command" in
{options}
                esac
            else
                case "$command" in
{arguments}
                esac
            fi ;;
    esac
    COMPREPLY=()
    while IFS= read -r i; do
        COMPREPLY+=("$i")
    done < <(case "$kind" in
        file) compgen -f -- "$cur" ;;
        folder) compgen -d -- "$cur" ;;
        {kinds})
            copilot completion --names "$kind" "${{COMP_WORDS[@]:1:COMP_CWORD-1}}" 2>/dev/null |
                while IFS= read -r i; do if [[ $i == "$cur"* ]]; then printf '%s\\n' "$i"; fi; done ;;
        *) compgen -W "$words" -- "$cur" ;;
    esac)
    if [[ -n $kind ]]; then compopt -o filenames 2>/dev/null; fi
}}
complete -F _copilot copilot
"""


def _bash(commands: Sequence[Command]) -> str:
    own = commands[0]
    values = [
        f"        {'|'.join(quoted)}) {does} ;;"
        for does, quoted in _grouped(
            (_bash_does(option), f'"{command.name} {name}"')
            for command in commands
            for option in command.options
            if option.takes != "nothing"
            for name in option.names
        )
    ]
    options = [f'{" " * 20}"{one.name}") words="{" ".join(_names(one))}" ;;' for one in commands]
    arguments = [
        f"{' ' * 20}{'|'.join(quoted)}) {does} ;;"
        for does, quoted in _grouped((_bash_does(one), f'"{one.name}"') for one in commands)
        if does != ":"
    ]
    return _BASH.format(
        valued="|".join(name for one in own.options if one.takes != "nothing" for name in one.names),
        names="|".join(one.name for one in commands[1:]),
        values="\n".join(values),
        options="\n".join(options),
        arguments="\n".join(arguments),
        kinds="|".join(NAME_KINDS),
    )


def _bash_does(one: Option | Command) -> str:
    if one.choices:
        return f'words="{" ".join(one.choices)}"'
    return f"kind={one.takes}" if one.takes in ("file", "folder", *NAME_KINDS) else ":"


def _grouped(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """What comes after each first member, in the order in which these were met."""
    found: dict[str, list[str]] = {}
    for first, second in pairs:
        found.setdefault(first, []).append(second)
    yield from found.items()


def _names(command: Command) -> list[str]:
    return [name for option in command.options for name in option.names]


_ZSH = """\
_copilot_names() {{
    local -a found=("${{(@f)$(copilot completion --names $1 "${{(@)words[2,CURRENT-1]}}" 2>/dev/null)}}")
    compadd -a found
}}
_copilot() {{
    local curcontext="$curcontext" state line
    typeset -A opt_args
    _arguments -C \\
{own} \\
        '1:subcommand:->subcommand' \\
        '*::argument:->arguments' && return
    case $state in
        subcommand)
            local -a subcommands=(
{described}
            )
            _describe subcommand subcommands ;;
        arguments)
            case $line[1] in
{cases}
            esac ;;
    esac
}}
if [[ $funcstack[1] == _copilot ]]; then _copilot "$@"; else compdef _copilot copilot; fi
"""


def _zsh(commands: Sequence[Command]) -> str:
    own, *below = commands
    return _ZSH.format(
        own=" \\\n".join(f"        {line}" for line in _zsh_options(own)),
        described="\n".join(f"                {_single(f'{one.name}:{one.about}')}" for one in below),
        cases="\n".join(
            f"                {one.name}) _arguments "
            + " ".join((*_zsh_options(one), _single(f"*:argument:{_zsh_takes(one)}")))
            + " ;;"
            for one in below
        ),
    )


def _zsh_options(command: Command) -> Iterator[str]:
    for option in command.options:
        about = _in_brackets(option.about)
        value = "" if option.takes == "nothing" else f":value:{_zsh_takes(option)}"
        for name in option.names:
            yield _single(f"*{name}[{about}]{value}")


def _zsh_takes(one: Option | Command) -> str:
    if one.choices:
        return f"({' '.join(one.choices)})"
    if one.takes in NAME_KINDS:
        return f"_copilot_names {one.takes}"
    return {"file": "_files", "folder": "_files -/"}.get(one.takes, " ")


def _in_brackets(text: str) -> str:
    for char in "\\[]:":
        text = text.replace(char, f"\\{char}")
    return text


def _single(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(commands: Sequence[Command]) -> Iterator[str]:
    own, *below = commands
    yield "function __copilot_names"
    yield "    copilot completion --names $argv[1] (commandline -opc)[2..-1] 2>/dev/null"
    yield "end"
    yield "complete -c copilot -f"
    for one in below:
        yield f"complete -c copilot -n __fish_use_subcommand -a {one.name} -d {_fish_quoted(one.about)}"
    for option in own.options:
        yield f"complete -c copilot -n __fish_use_subcommand {_fish_option(option)}"
    for one in below:
        there = f"complete -c copilot -n '__fish_seen_subcommand_from {one.name}'"
        if one.choices:
            yield f"{there} -a {_fish_quoted(' '.join(one.choices))}"
        elif one.takes in ("file", "folder"):
            yield f"{there} {_fish_files(one)}"
        for option in one.options:
            yield f"{there} {_fish_option(option)}"


def _fish_option(option: Option) -> str:
    names = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
    words = [*names, f"-d {_fish_quoted(option.about)}"]
    if option.choices:
        words.append(f"-x -a {_fish_quoted(' '.join(option.choices))}")
    elif option.takes in ("file", "folder"):
        words.append(f"-r {_fish_files(option)}")
    elif option.takes in NAME_KINDS:
        words.append(f"-x -a '(__copilot_names {option.takes})'")
    elif option.takes == "word":
        words.append("-x")
    return " ".join(words)


def _fish_files(one: Option | Command) -> str:
    return "-F" if one.takes == "file" else "-f -a '(__fish_complete_directories)'"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName copilot -ScriptBlock {{
    param($wordToComplete, $commandAst, $cursorPosition)
    $options = @{{
{options}
    }}
    $words = @{{
{words}
    }}
    $values = @{{
{values}
    }}
    $names = @{{
{names}
    }}
    $typed = @($commandAst.CommandElements | ForEach-Object {{ $_.ToString() }})
    if ($wordToComplete -ne '') {{ $typed = @($typed | Select-Object -SkipLast 1) }}
    $command = @($typed | Select-Object -Skip 1 | Where-Object {{ $words[''] -ccontains $_ }})[0]
    if ($null -eq $command) {{ $command = '' }}
    $key = "$command $($typed[-1])"
    if ($names.ContainsKey($key)) {{
        $before = @($typed | Select-Object -Skip 1)
        $found = @(copilot completion --names $names[$key] @before 2>$null)
    }}
    elseif ($values.ContainsKey($key)) {{ $found = $values[$key] }}
    elseif ($wordToComplete -like '-*') {{ $found = $options[$command] }}
    else {{ $found = $words[$command] }}
    $found | Where-Object {{ $_ -and $_.StartsWith($wordToComplete) }} | ForEach-Object {{
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }}
}}
"""


def _powershell(commands: Sequence[Command]) -> str:
    def table(rows: Iterable[tuple[str, Iterable[str]]]) -> str:
        return "\n".join(
            f"        {_power(key)} = @({', '.join(_power(word) for word in words)})" for key, words in rows
        )

    return _POWERSHELL.format(
        options=table((one.name, _names(one)) for one in commands),
        words=table((one.name, one.choices) for one in commands),
        values=table(
            (f"{one.name} {name}", option.choices)
            for one in commands
            for option in one.options
            if option.takes != "nothing"
            for name in option.names
        ),
        names="\n".join(
            f"        {_power(f'{one.name} {name}')} = {_power(option.takes)}"
            for one in commands
            for option in one.options
            if option.takes in NAME_KINDS
            for name in option.names
        ),
    )


def _power(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
