#include "services/policy/domain/scan/common_words.h"

#include <algorithm>
#include <iterator>

namespace portcullis::policy {
namespace {

// Counted in 3 MB of ordinary English requests. Sorted.
// At least once in ten KB.
constexpr std::string_view kVeryCommon[] = {
    "a",          "about",     "access",    "all",      "also",        "an",        "and",     "answer",
    "any",        "api",       "are",       "array",    "as",          "at",        "b",       "be",
    "been",       "between",   "but",       "by",       "c",           "calculate", "can",     "ce",
    "che",        "class",     "code",      "come",     "comment",     "como",      "con",     "could",
    "create",     "current",   "d",         "da",       "das",         "data",      "day",     "def",
    "del",        "der",       "des",       "describe", "design",      "did",       "die",     "directory",
    "do",         "does",      "du",        "e",        "each",        "en",        "enabled", "end",
    "engine",     "events",    "example",   "explain",  "f",           "factorial", "file",    "find",
    "first",      "following", "for",       "from",     "function",    "get",       "give",    "given",
    "go",         "got",       "had",       "has",      "have",        "he",        "hello",   "help",
    "her",        "here",      "him",       "his",      "how",         "i",         "id",      "if",
    "imagine",    "implement", "in",        "include",  "information", "input",     "int",     "integer",
    "integers",   "into",      "is",        "ist",      "it",          "its",       "java",    "javascript",
    "just",       "key",       "language",  "las",      "les",         "life",      "like",    "line",
    "list",       "los",       "m",         "main",     "make",        "many",      "math",    "me",
    "more",       "my",        "n",         "name",     "need",        "new",       "news",    "no",
    "non",        "not",       "number",    "numbers",  "of",          "on",        "one",     "only",
    "or",         "order",     "other",     "our",      "out",         "output",    "path",    "people",
    "per",        "please",    "print",     "program",  "provide",     "python",    "query",   "questions",
    "request",    "response",  "result",    "return",   "returns",     "role",      "s",       "script",
    "se",         "search",    "self",      "she",      "shell",       "should",    "snippet", "so",
    "some",       "string",    "sum",       "t",        "table",       "take",      "takes",   "tes",
    "text",       "than",      "that",      "the",      "their",       "them",      "then",    "there",
    "these",      "they",      "this",      "those",    "time",        "to",        "todo",    "ton",
    "toolformer", "total",     "tout",      "tus",      "tutto",       "two",       "un",      "una",
    "und",        "une",       "up",        "us",       "use",         "useful",    "user",    "using",
    "value",      "want",      "was",       "we",       "what",        "when",      "where",   "which",
    "who",        "wie",       "wikipedia", "will",     "with",        "wolfram",   "word",    "words",
    "world",      "would",     "write",     "x",        "y",           "year",      "you",     "your",
    "yours",
};

// At least once in fifty KB.
constexpr std::string_view kCommon[] = {
    "able",         "above",         "accepts",      "account",      "act",          "action",
    "add",          "address",       "advice",       "after",        "age",          "air",
    "algorithm",    "alice",         "alien",        "alpha",        "always",       "amount",
    "analysis",     "ancient",       "another",      "app",          "append",       "apple",
    "application",  "approach",      "area",         "args",         "argument",     "around",
    "arr",          "article",       "ascending",    "ask",          "asked",        "astronaut",
    "august",       "average",       "away",         "back",         "balance",      "banana",
    "base",         "based",         "bash",         "because",      "before",       "being",
    "below",        "best",          "big",          "binary",       "black",        "block",
    "blue",         "bob",           "body",         "book",         "books",        "both",
    "bought",       "brackets",      "break",        "brief",        "brown",        "build",
    "building",     "bullet",        "business",     "button",       "buy",          "calculates",
    "calculations", "call",          "called",       "capital",      "car",          "card",
    "case",         "cat",           "category",     "center",       "century",      "challenges",
    "change",       "character",     "characters",   "check",        "checks",       "children",
    "choose",       "circle",        "city",         "clear",        "client",       "codetoexecute",
    "col",          "color",         "column",       "columns",      "com",          "command",
    "commands",     "commas",        "common",       "companies",    "company",      "complete",
    "compute",      "computer",      "concept",      "config",       "consider",     "console",
    "const",        "construct",     "contain",      "containing",   "contains",     "content",
    "context",      "control",       "convert",      "correct",      "cost",         "costs",
    "count",        "country",       "counts",       "cout",         "creating",     "crew",
    "csv",          "culture",       "customer",     "customers",    "daily",        "dataset",
    "date",         "days",          "debug",        "december",     "deep",         "default",
    "define",       "description",   "details",      "determine",    "develop",      "development",
    "dictionary",   "different",     "discovered",   "display",      "displays",     "distance",
    "div",          "document",      "documents",    "dog",          "don",          "double",
    "down",         "during",        "earth",        "echo",         "element",      "elements",
    "else",         "email",         "employees",    "encyclopedia", "energy",       "english",
    "ensure",       "enter",         "entire",       "environment",  "equivalent",   "error",
    "errors",       "even",          "event",        "every",        "everyday",     "exactly",
    "excel",        "execute",       "executes",     "expect",       "experience",   "experienced",
    "expert",       "face",          "false",        "family",       "famous",       "features",
    "february",     "feel",          "feet",         "fetch",        "fibonacci",    "field",
    "filename",     "files",         "film",         "final",        "financial",    "finds",
    "five",         "fix",           "float",        "folder",       "follow",       "food",
    "form",         "format",        "found",        "four",         "fox",          "frac",
    "frame",        "free",          "friend",       "friendly",     "friends",      "full",
    "future",       "futuristic",    "game",         "games",        "general",      "generate",
    "going",        "good",          "great",        "green",        "group",        "half",
    "having",       "headlines",     "height",       "high",         "historian",    "historical",
    "history",      "home",          "hour",         "hours",        "house",        "html",
    "https",        "human",         "humans",       "identify",     "image",        "impact",
    "import",       "importance",    "important",    "including",    "index",        "info",
    "instead",      "international", "internet",     "iostream",     "item",         "items",
    "january",      "job",           "john",         "join",         "json",         "june",
    "keep",         "keys",          "know",         "knowledge",    "label",        "large",
    "largest",      "last",          "latest",       "learning",     "least",        "left",
    "len",          "length",        "less",         "let",          "letter",       "letters",
    "level",        "library",       "light",        "lines",        "lists",        "living",
    "local",        "location",      "log",          "long",         "longest",      "looking",
    "loop",         "love",          "low",          "machine",      "made",         "magical",
    "making",       "man",           "map",          "march",        "markdown",     "market",
    "mars",         "match",         "max",          "maximum",      "may",          "mercury",
    "message",      "method",        "methods",      "mexico",       "might",        "miles",
    "million",      "min",           "minutes",      "model",        "models",       "modern",
    "money",        "month",         "most",         "move",         "movie",        "much",
    "music",        "must",          "named",        "names",        "natural",      "needs",
    "negative",     "next",          "node",         "none",         "normal",       "notes",
    "november",     "now",           "null",         "num",          "object",       "objects",
    "occurrences",  "october",       "odd",          "off",          "offer",        "office",
    "old",          "once",          "open",         "openmeteo",    "option",       "options",
    "orange",       "orders",        "original",     "outputs",      "over",         "own",
    "page",         "panel",         "park",         "part",         "party",        "password",
    "pay",          "peg",           "person",       "php",          "place",        "places",
    "plan",         "planet",        "plant",        "play",         "player",       "poem",
    "point",        "points",        "poly",         "portal",       "position",     "positive",
    "possible",     "post",          "potential",    "pounds",       "power",        "present",
    "previous",     "price",         "prime",        "printed",      "println",      "prints",
    "private",      "problem",       "process",      "product",      "professional", "programming",
    "project",      "prompt",        "provided",     "public",       "put",          "querywithlocation",
    "question",     "quick",         "radius",       "random",       "range",        "rank",
    "rate",         "read",          "reads",        "really",       "recent",       "records",
    "recursion",    "red",           "related",      "remove",       "renowned",     "repeat",
    "reply",        "report",        "required",     "rest",         "results",      "reverse",
    "reverses",     "rewrite",       "right",        "roleplay",     "root",         "row",
    "rows",         "run",           "running",      "salary",       "same",         "sample",
    "save",         "say",           "scene",        "school",       "science",      "score",
    "second",       "section",       "security",     "see",          "select",       "sentence",
    "sentences",    "separated",     "september",    "sequence",     "series",       "server",
    "set",          "shall",         "share",        "shellcommand", "short",        "show",
    "side",         "significance",  "simple",       "single",       "site",         "situation",
    "size",         "small",         "social",       "society",      "software",     "solution",
    "solve",        "someone",       "something",    "song",         "sort",         "sorted",
    "south",        "space",         "specializing", "species",      "specific",     "specified",
    "speed",        "split",         "sql",          "square",       "stadium",      "start",
    "starting",     "state",         "statement",    "states",       "static",       "std",
    "step",         "steps",         "still",        "stone",        "store",        "stories",
    "story",        "str",           "strategies",   "strategy",     "strings",      "structure",
    "student",      "students",      "style",        "subjects",     "such",         "suggest",
    "summary",      "support",       "sure",         "syntax",       "system",       "tags",
    "target",       "task",          "team",         "technology",   "tell",         "temperature",
    "template",     "term",          "terminal",     "test",         "things",       "think",
    "third",        "thoughts",      "three",        "through",      "times",        "title",
    "today",        "together",      "too",          "top",          "topic",        "training",
    "translate",    "travel",        "tree",         "true",         "try",          "trying",
    "twice",        "txt",           "type",         "unique",       "united",       "unknown",
    "update",       "url",           "usage",        "used",         "users",        "uses",
    "valid",        "values",        "var",          "vector",       "version",      "very",
    "video",        "visiting",      "void",         "vowels",       "wants",        "war",
    "water",        "way",           "weather",      "web",          "week",         "well",
    "were",         "whether",       "while",        "white",        "why",          "width",
    "within",       "without",       "won",          "work",         "working",      "works",
    "wrapper",      "writing",       "www",          "years",        "york",         "young",
};

template <size_t N>
bool AnyBeginsWith(const std::string_view (&words)[N], std::string_view prefix) {
  const auto* first = std::lower_bound(std::begin(words), std::end(words), prefix);
  return first != std::end(words) && first->substr(0, prefix.size()) == prefix;
}

}  // namespace

Commonness CommonnessOfPrefix(std::string_view prefix) {
  if (AnyBeginsWith(kVeryCommon, prefix)) return Commonness::kVeryCommon;
  return AnyBeginsWith(kCommon, prefix) ? Commonness::kCommon : Commonness::kRare;
}

Commonness CommonnessOf(std::string_view word) {
  if (std::binary_search(std::begin(kVeryCommon), std::end(kVeryCommon), word))
    return Commonness::kVeryCommon;
  if (std::binary_search(std::begin(kCommon), std::end(kCommon), word)) return Commonness::kCommon;
  return Commonness::kRare;
}

}  // namespace portcullis::policy
