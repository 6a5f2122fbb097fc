// A growing array in palloc'd memory, without a destructor: a PostgreSQL error may skip it, its memory context frees
// it.
#pragma once

#include <type_traits>

#include "postgres/compat.h"

namespace pg_flux::postgres {

template <typename Element> class Array {
  static_assert(std::is_trivially_destructible_v<Element> && std::is_trivially_copyable_v<Element>);

public:
  // Appends element; the first one decides the memory context. Raises 53200 when memory runs out.
  Element &append(const Element &element) {
    if (size_ == capacity_)
      grow();
    elements_[size_] = element;
    return elements_[size_++];
  }

  // Forgets the elements and keeps their memory.
  void clear() { size_ = 0; }

  int size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Element &operator[](int index) { return elements_[index]; }
  const Element &operator[](int index) const { return elements_[index]; }
  Element *begin() { return elements_; }
  Element *end() { return elements_ + size_; }
  const Element *begin() const { return elements_; }
  const Element *end() const { return elements_ + size_; }

private:
  void grow() {
    const int capacity = capacity_ == 0 ? 8 : capacity_ * 2;
    const Size bytes = static_cast<Size>(capacity) * sizeof(Element);
    elements_ = static_cast<Element *>(elements_ == nullptr ? MemoryContextAllocHuge(CurrentMemoryContext, bytes)
                                                            : repalloc_huge(elements_, bytes));
    capacity_ = capacity;
  }

  Element *elements_ = nullptr;
  int size_ = 0;
  int capacity_ = 0;
};

} // namespace pg_flux::postgres
