"""The language of Flamebook for Pygments: nbconvert, the console, Sphinx, `pygmentize`.

Found through the entry point `pygments.lexers` once the package is installed. It
colours as the editor of JupyterLab does; its words are held against the registries
of the kernel by a test.
"""

from pygments.lexer import RegexLexer, bygroups, default, include, words
from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, Punctuation, String, Whitespace

__all__ = ["FlamebookLexer"]

KEYWORDS = """
    and as asc assert at by desc from help leaf let new not now offset on optional or
    recursion root set use without
""".split()

VERBS = """
    assert avg avg_over_time bisect bottomk by callees callers changepoints collapse
    compare count describe diff explain extend flame focus functions granularity
    heatmap hide icicle ignore invert labels last_over_time max max_over_time min
    min_over_time profiles prune_from publish rate sandwich save select series show
    show_from sort sum sum_over_time table tagleaf tagroot take timeline top topk
    tree trending trim types values where without
""".split()

STARTERS = """
    describe functions labels types values
""".split()

FUNCTIONS = """
    delta growth self share total
""".split()

NAME = r"[^\W\d]\w*"


class FlamebookLexer(RegexLexer):  # type: ignore[misc]
    """Queries over profiles: `cpu{service="api"}[1h] | focus "json.*" | top 10`."""

    name = "Flamebook"
    aliases = ["flamebook"]
    filenames = ["*.flame"]
    mimetypes = ["text/x-flamebook"]

    tokens = {
        "blank": [
            (r"\s+", Whitespace),
            (r"#.*", Comment.Single),
        ],
        "literal": [
            (r'(~)(\s*)("(?:[^"\\\n]|\\.)*"?)', bygroups(Operator, Whitespace, String.Regex)),
            (r"(~)(\s*)('(?:[^'\\\n]|\\.)*'?)", bygroups(Operator, Whitespace, String.Regex)),
            (r"(~)(\s*)(`[^`]*`?)", bygroups(Operator, Whitespace, String.Regex)),
            (r'"(?:[^"\\\n]|\\.)*"?', String.Double),
            (r"'(?:[^'\\\n]|\\.)*'?", String.Single),
            (r"`[^`]*`?", String.Backtick),
            (r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?", Literal.Date),
            (r"\d[\d_]*(\.\d+)?(%|[^\W\d]\w*)?", Number),
        ],
        "symbol": [
            (r"==|!=|=~|!~|<=|>=|>>|\.\.|[=<>+\-*/~@?]", Operator),
            (r"\{", Punctuation, "matchers"),
            (r"[()\[\],:;}]", Punctuation),
        ],
        "root": [
            # In front of blanks, which would hide that a line begins.
            (words(STARTERS, prefix=r"(?m:^)([ \t]*)", suffix=r"\b(?!\s*[=?])"), bygroups(Whitespace, Name.Function)),
            include("blank"),
            include("literal"),
            (r"\|", Operator, "stage"),
            (words(FUNCTIONS, suffix=r"(?=\s*\()"), Name.Builtin),
            (words(KEYWORDS, suffix=r"\b"), Keyword),
            (rf"{NAME}(:\w+)*", Name),
            include("symbol"),
            (r".", Punctuation),
        ],
        # Behind a pipe, and behind the line break and the comment that may follow it.
        "stage": [
            include("blank"),
            (words(VERBS, suffix=r"\b"), Name.Function, "#pop"),
            default("#pop"),
        ],
        "matchers": [
            (r"\}", Punctuation, "#pop"),
            (rf"({NAME})(\s*)(==|!=|=~|!~|<=|>=|[=<>])", bygroups(Name.Attribute, Whitespace, Operator)),
            include("blank"),
            include("literal"),
            (NAME, Name),
            include("symbol"),
            (r".", Punctuation),
        ],
    }
