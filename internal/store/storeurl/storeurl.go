// Package storeurl opens the store that an address names.
package storeurl

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"

	"holdfast/internal/store"
	"holdfast/internal/store/dir"
)

// Open opens the store at an address such as "file:///var/backups". It does not
// look whether the store can be written; store.Probe does.
func Open(ctx context.Context, address string) (store.Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("open the store: %q is not an address; write it as file:///path", address)
	}
	switch u.Scheme {
	case "file":
		if u.Host != "" || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" || !filepath.IsAbs(u.Path) {
			return nil, fmt.Errorf("open the store %q: write a directory as file:///path, with three slashes and nothing behind the path", address)
		}
		return dir.Open(filepath.FromSlash(u.Path))
	case "gs":
		return nil, fmt.Errorf("open the store %q: gs:// is not supported by this version; use file:///path", address)
	case "":
		return nil, fmt.Errorf("open the store %q: the address has no scheme; write a directory as file:///path", address)
	}
	return nil, fmt.Errorf("open the store %q: %s:// is not supported; use file:///path", address, u.Scheme)
}
