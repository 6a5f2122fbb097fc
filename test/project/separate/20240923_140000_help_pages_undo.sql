DROP FUNCTION public.how_to(text, integer);
DROP VIEW public.help_index;
DROP TABLE public.help_page; /* the end
-- +migrate Up
CREATE TABLE public.never (id integer); */
