/* Help pages of the back office, about migrations of all things.
   /* A nested comment, with what looks like a marker:
-- +migrate Down
   DROP TABLE public.help_page; */
   It's still open here; "so is this" and $$ this.
-- +migrate Up
*/
CREATE TABLE public.help_page (
    id integer PRIMARY KEY,
    "odd;name" text NOT NULL,
    "with ""quotes""" text,
    "größe/サイズ" integer DEFAULT 0 CHECK ("größe/サイズ" >= 0),
    body text
);

INSERT INTO public.help_page (id, "odd;name", "with ""quotes""", "größe/サイズ", body) VALUES
    (1, 'plain', 'a''b', 1, '
-- +migrate Down
DROP TABLE public.help_page; -- in a string, so never run
'),
    (2, 'backslash \', '\\server\share', 2, E'it\'s; \\ and \u00e9\n-- +migrate Down\n'),
    (3, U&'d\0061t\+000061', U&'!0441!043B' UESCAPE '!', 3, $q$ $$; ' " \ /* -- $Q$ $q$),
    (4, 'split; '
        'over lines', NULL, 4, E'\x41\102; ''' || /* between '
-- +migrate Down
*/ '; end'),
    (5, '🙈🙉🙊', 'ß→ẞ', 5, $müller$
BEGIN;
-- +migrate Down
COMMIT; $$ $muller$
$müller$);

-- A quoted name over three lines.
CREATE VIEW public.help_index AS
SELECT id, "odd;name" AS "title; or
-- +migrate Down
key"
FROM public.help_page WHERE body NOT LIKE $$%
-- +migrate StatementEnd
%$$ OR body IS NULL;

CREATE FUNCTION public.how_to(lang text, "from" integer DEFAULT 1) RETURNS text
    LANGUAGE plpgsql IMMUTABLE AS $_$
<<"outer;block">>
DECLARE
    answer text := 'n/a'; /* one /* two */ still one; */
BEGIN
-- +migrate Down
    CASE lang
        WHEN 'de' THEN answer := 'Müller sagt: "Läuft"; ''fertig''';
        WHEN 'ja' THEN answer := '日本語で''';
        ELSE answer := E'\'; DROP TABLE public.help_page; --';
    END CASE;
    EXECUTE $$ SELECT $1 || ';' || $2 $$ INTO answer USING answer, "from";
    RETURN answer;
-- +migrate Up
END "outer;block";
$_$;

COMMENT ON FUNCTION public.how_to(text, integer) IS E'Line one;\n-- +migrate Down\nline \\three\\ 🚀';
COMMENT ON COLUMN public.help_page."with ""quotes""" IS '''''';
