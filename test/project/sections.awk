# Prints one section of a migration file: awk -v want=up|down|all -f sections.awk FILE
# "all" is for files without markers. With -v plain=1 the text comes without BOM, wrapper lines (BEGIN; COMMIT;)
# and blank lines at either end. An own reading of the marker rules, on purpose: it shares no code with pg_flux.
# Works on bytes: run it with LC_ALL=C.

function print_blanks(   i) {
    for (i = 0; i < blanks; i++) print blank[i]
    blanks = 0
}

# Moves the lexer over one line. "state" is "" outside, else the closing quote, "e" (escape string) or "/" (comment).
function scan(line,   i, c, two, rest, tag) {
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (state == "") {
            if (two == "--") return
            if (two == "/*") { state = "/"; depth = 1; i++ }
            else if (c == "\"") state = c
            else if (c == "'") state = (substr(line, i - 1, 1) ~ /[eE]/ && (i < 3 || substr(line, i - 2, 1) !~ /[A-Za-z0-9_$]/)) ? "e" : c
            else if (c == "$" && (i == 1 || substr(line, i - 1, 1) !~ /[A-Za-z0-9_$\200-\377]/)) {
                rest = substr(line, i)
                if (match(rest, /^\$([A-Za-z_\200-\377][A-Za-z0-9_\200-\377]*)?\$/)) {
                    state = substr(rest, 1, RLENGTH)
                    i += RLENGTH - 1
                }
            }
        } else if (state == "/") {
            if (two == "/*") { depth++; i++ }
            else if (two == "*/") { if (--depth == 0) state = ""; i++ }
        } else if (state == "e") {
            if (c == "\\" || two == "''") i++
            else if (c == "'") state = ""
        } else if (substr(line, i, length(state)) == state) {
            i += length(state) - 1
            state = ""      # a doubled quote opens again at once
        }
    }
}

NR == 1 && plain { sub(/^\357\273\277/, "") }

{
    text = $0
    if (NR == 1) sub(/^\357\273\277/, "", text)
    sub(/\r$/, "", text)
    outside = (state == "")
    if (outside && tolower(text) ~ /^[ \t]*--[ \t]*\+migrate[ \t]+(up|down|statementbegin|statementend)[ \t]*$/) {
        if (tolower(text) ~ /up[ \t]*$/) section = "up"
        if (tolower(text) ~ /down[ \t]*$/) section = "down"
        next
    }
    scan(text)
    if (want != "all" && section != want) next
    if (plain) {
        if (outside && (text == "BEGIN;" || text == "COMMIT;")) next
        if (text == "") { if (begun) blank[blanks++] = $0; next }
        begun = 1
        print_blanks()
        print
    } else print
}
