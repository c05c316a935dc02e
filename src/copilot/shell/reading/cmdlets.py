"""PowerShell's own commands: default aliases, effects, and which parameters are switches.

Sources: the module reference of PowerShell 5.1 and 7 (Management, Utility, Core, Archive, PowerShellGet), and
`Get-Alias` as documented in about_Aliases and the 5.1 reference.
"""

from collections.abc import Mapping
from functools import cache

from copilot.shell.reading.names import listed, names
from copilot.shell.reading.table import Rule
from copilot.vocabulary.readings import Effect

_ALIASES = """
    ac=add-content cat=get-content cd=set-location chdir=set-location clc=clear-content clear=clear-host
    clhy=clear-history cli=clear-item clp=clear-itemproperty cls=clear-host clv=clear-variable
    compare=compare-object copy=copy-item cp=copy-item cpi=copy-item cpp=copy-itemproperty
    cvpa=convert-path del=remove-item diff=compare-object dir=get-childitem echo=write-output
    epal=export-alias epcsv=export-csv erase=remove-item etsn=enter-pssession exsn=exit-pssession
    fc=format-custom fl=format-list foreach=foreach-object ft=format-table fw=format-wide gal=get-alias
    gbp=get-psbreakpoint gc=get-content gci=get-childitem gcm=get-command gcs=get-pscallstack
    gdr=get-psdrive ghy=get-history gi=get-item gin=get-computerinfo gjb=get-job gl=get-location
    gm=get-member gmo=get-module gp=get-itemproperty gps=get-process gpv=get-itempropertyvalue
    group=group-object gsn=get-pssession gsv=get-service gtz=get-timezone gu=get-unique gv=get-variable
    gwmi=get-wmiobject h=get-history history=get-history icm=invoke-command iex=invoke-expression
    ihy=invoke-history ii=invoke-item ipal=import-alias ipcsv=import-csv ipmo=import-module
    ipsn=import-pssession irm=invoke-restmethod ise=powershell_ise iwmi=invoke-wmimethod
    iwr=invoke-webrequest kill=stop-process ls=get-childitem man=help md=new-item measure=measure-object
    mi=move-item mkdir=new-item mount=new-psdrive move=move-item mp=move-itemproperty mv=move-item
    nal=new-alias ndr=new-psdrive ni=new-item nmo=new-module nsn=new-pssession nv=new-variable
    ogv=out-gridview oh=out-host popd=pop-location ps=get-process pushd=push-location pwd=get-location
    r=invoke-history rbp=remove-psbreakpoint rcjb=receive-job rd=remove-item rdr=remove-psdrive
    ren=rename-item ri=remove-item rjb=remove-job rm=remove-item rmdir=remove-item rmo=remove-module
    rni=rename-item rnp=rename-itemproperty rp=remove-itemproperty rsn=remove-pssession
    rv=remove-variable rvpa=resolve-path sajb=start-job sal=set-alias saps=start-process
    sasv=start-service sbp=set-psbreakpoint select=select-object set=set-variable shcm=show-command
    si=set-item sl=set-location sleep=start-sleep sls=select-string sort=sort-object sp=set-itemproperty
    spjb=stop-job spps=stop-process spsv=stop-service start=start-process stz=set-timezone
    sv=set-variable tee=tee-object type=get-content where=where-object wjb=wait-job write=write-output
    %=foreach-object ?=where-object
"""
_ONLY_WINDOWS_POWERSHELL = "curl=invoke-webrequest wget=invoke-webrequest sc=set-content gsnp=get-pssnapin"

_GROUPS: tuple[tuple[str, Rule], ...] = (
    (
        """write-output write-host write-error write-warning write-verbose write-debug write-information
        write-progress where-object foreach-object sort-object select-object measure-object group-object
        compare-object format-table format-list format-wide format-custom format-hex out-null out-string
        out-host out-default convertto-json convertfrom-json convertto-csv convertfrom-csv convertto-xml
        convertto-html convertfrom-stringdata get-date get-location get-process get-service get-command
        get-help get-member get-variable set-variable new-variable clear-variable remove-variable
        new-guid join-path split-path start-sleep get-random new-timespan set-strictmode get-host
        get-history get-module get-alias get-psdrive get-unique get-culture get-uiculture get-timezone
        get-computerinfo get-job wait-job get-event clear-host read-host test-json get-error
        get-psversion set-location push-location pop-location get-executionpolicy get-error
        measure-command trace-command get-verb select-xml help""",
        Rule(),
    ),
    (
        """get-content get-childitem test-path get-item get-itemproperty get-itempropertyvalue
        select-string import-csv import-clixml get-filehash get-acl resolve-path convert-path
        get-eventlog get-winevent import-powershelldatafile test-filecatalog get-authenticodesignature""",
        Rule("reads"),
    ),
    (
        """set-content add-content out-file new-item export-csv export-clixml tee-object set-item
        new-itemproperty set-itemproperty rename-item set-acl start-transcript rename-itemproperty
        export-alias new-temporaryfile""",
        Rule("writes"),
    ),
    ("expand-archive compress-archive", Rule("reads", last="writes")),
    ("copy-item copy-itemproperty", Rule("reads", last="writes")),
    (
        "move-item move-itemproperty",
        Rule("deletes", last="writes", why="What is moved is gone from its place."),
    ),
    (
        "remove-item clear-content clear-item remove-itemproperty clear-itemproperty clear-recyclebin",
        Rule("deletes"),
    ),
    (
        "invoke-webrequest invoke-restmethod send-mailmessage start-bitstransfer",
        Rule("writes", also=("network",)),
    ),
    (
        "test-connection test-netconnection resolve-dnsname",
        Rule(also=("network",)),
    ),
    (
        """install-module install-package install-script update-module update-script save-module
        uninstall-module install-packageprovider install-psresource update-psresource add-appxpackage
        add-windowscapability enable-windowsoptionalfeature""",
        Rule(also=("installs", "network", "unknown"), why="What is installed may run programs of its own."),
    ),
    (
        """set-executionpolicy set-service new-service start-service stop-service restart-service
        register-scheduledtask unregister-scheduledtask new-localuser remove-localuser set-localuser
        add-localgroupmember restart-computer stop-computer rename-computer add-computer
        set-netfirewallrule new-netfirewallrule remove-netfirewallrule format-volume clear-disk
        initialize-disk set-mppreference add-mppreference set-timezone set-date""",
        Rule(also=("privilege", "unknown"), why="It changes the system."),
    ),
    ("clear-history", Rule(also=("deletes",), why="It clears the shell's own history.")),
    ("stop-process stop-job remove-job", Rule(also=("unknown",), why="It ends processes.")),
    (
        "enter-pssession new-pssession import-pssession",
        Rule(also=("network", "unknown"), why="It works on another machine."),
    ),
)

_SWITCHES = """
    recurse force confirm whatif verbose debug passthru append noclobber asjob wait nonewwindow
    allowclobber usebasicparsing raw asbytestream nonewline quiet casesensitive simplematch notmatch
    allmatches unique descending file directory hidden system readonly container notypeinformation
    noheader skipcertificatecheck usedefaultcredentials followsymlink name simple asstring ashashtable
    compress autosize wrap hidetableheaders notypeheader parent leaf resolve isabsolute newest list
    stream line word character sum average maximum minimum asplaintext assecurestring update
    nounixtimestamp runas loaduserprofile preserveauthorizationonredirect acceptlicense
    skippublishercheck
"""
_PATHS = ("path", "literalpath", "filepath", "destination", "outfile", "infile", "destinationpath", "pspath")
_VALUES = """
    value name itemtype type filter include exclude encoding erroraction property uri method body headers
    delimiter first last skip pattern depth width inputobject object message foregroundcolor argumentlist verb
"""


@cache
def aliases(windows_powershell: bool) -> Mapping[str, str]:
    """The aliases that PowerShell has from the start, in lower case."""
    text = _ALIASES + (_ONLY_WINDOWS_POWERSHELL if windows_powershell else "")
    pairs = (pair.partition("=") for pair in listed(text))
    return {name: cmdlet for name, _, cmdlet in pairs}


@cache
def cmdlets() -> Mapping[str, Rule]:
    """What each cmdlet does, by its name in lower case."""
    return {name: rule for names, rule in _GROUPS for name in names.split()}


@cache
def _parameters() -> tuple[tuple[str, str], ...]:
    switches = tuple((name, "switch") for name in listed(_SWITCHES))
    return (*((name, "path") for name in _PATHS), *switches, *((name, "value") for name in listed(_VALUES)))


@cache
def parameter(name: str) -> tuple[str, str]:
    """The whole name of a parameter and its kind: switch, path or value. Names may be cut short."""
    low = name.lower().lstrip("-")
    for known, kind in _parameters():
        if known == low:
            return known, kind
    return next(((known, kind) for known, kind in _parameters() if known.startswith(low)), (low, "value"))


SAFE_TYPES = names("""
    void int int32 int64 long string bool boolean char byte double float single decimal datetime
    timespan array hashtable ordered pscustomobject psobject regex guid version uri switch object math
    system.math string[] int[] object[] byte[] char[] system.string system.int32 nullable parameter
    cmdletbinding validateset validatenotnullorempty validaterange alias outputtype system.io.path
    io.path environment system.environment stringcomparison system.stringcomparison convert
    system.convert bitconverter text.encoding system.text.encoding system.globalization.cultureinfo
    """)
"""Types whose use neither starts nor writes anything."""
SAFE_METHODS = names("""
    tostring split trim trimstart trimend replace substring contains startswith endswith indexof
    lastindexof tolower toupper toarray padleft padright insert equals gettype join combine getfilename
    getextension getdirectoryname getfilenamewithoutextension getfullpath format parse tryparse max min
    abs round floor ceiling pow sqrt adddays addhours addminutes addseconds compareto containskey
    isnullorempty isnullorwhitespace match matches ismatch count getenumerator copyto getbytes getstring
    frombase64string tobase64string newguid tolowerinvariant toupperinvariant add clear
    """)
"""Methods of such types, and of texts and lists."""

PLAIN_MEMBERS = SAFE_METHODS | names("""
    name fullname basename extension directory directoryname length path value key id line linenumber
    filename lastwritetime creationtime definition source version processname displayname status message
    content
    """)
"""Members that may be asked of anything without an effect; other names may be methods that have one."""

EFFECT_OF_SPECIAL: Mapping[str, tuple[tuple[Effect, ...], str]] = {
    "import-module": (("reads", "unknown"), "It loads a module, which may run anything."),
    "add-type": (("unknown",), "It compiles code and runs it."),
    "start-job": (("unknown",), "It runs something beside the script."),
    "start-threadjob": (("unknown",), "It runs something beside the script."),
    "register-objectevent": (("unknown",), "It keeps something to be run later."),
    "register-engineevent": (("unknown",), "It keeps something to be run later."),
    "invoke-item": (("unknown",), "It opens a file with whatever program belongs to it."),
    "invoke-wmimethod": (("unknown", "privilege"), "It calls into the system."),
    "invoke-cimmethod": (("unknown", "privilege"), "It calls into the system."),
    "get-wmiobject": (("reads",), ""),
    "get-ciminstance": (("reads",), ""),
    "invoke-history": (("unknown",), "It runs an earlier command again."),
    "new-psdrive": (("unknown",), "It gives a place another name: later paths may lead elsewhere."),
    "new-module": (("unknown",), "It makes commands that are not read here."),
    "using": (("unknown",), "It loads a module or types."),
}
