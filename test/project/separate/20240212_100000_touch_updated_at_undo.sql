DROP TRIGGER book_touch ON public.book;
DROP FUNCTION public.touch_updated_at();
