-- +migrate Up
-- Keeps updated_at honest, unless the statement sets it itself.

-- +migrate StatementBegin
CREATE FUNCTION public.touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN
        NEW.updated_at := pg_catalog.now();  -- the caller gave none
    END IF;
    RETURN NEW;
END;
$$;
-- +migrate StatementEnd

CREATE TRIGGER book_touch
    BEFORE UPDATE OF title, price ON public.book
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- +migrate Down
-- +migrate StatementBegin
DROP TRIGGER book_touch ON public.book;
-- +migrate StatementEnd
DROP FUNCTION public.touch_updated_at();
