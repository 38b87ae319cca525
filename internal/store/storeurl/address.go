package storeurl

import "fmt"

// AddressError says that an address is not one of a store. It is the mistake of
// whoever wrote it: no store was asked.
type AddressError struct{ text string }

func (e *AddressError) Error() string { return e.text }

func wrong(format string, args ...any) error { return &AddressError{fmt.Sprintf(format, args...)} }
