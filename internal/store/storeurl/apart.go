package storeurl

import (
	"net/url"
	"path/filepath"
	"strings"
)

// Apart refuses, with an *AddressError, a store in a directory that is folder,
// lies in it or holds it: what is in folder comes and goes, and a store is kept.
// Links are not followed. Other stores, and addresses that make no sense, are not
// its business.
func Apart(address, folder string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "file" || !filepath.IsAbs(u.Path) {
		return nil
	}
	folder, err = filepath.Abs(folder)
	if err != nil {
		return nil // it can't be made either, which is told then
	}
	store := filepath.Clean(filepath.FromSlash(u.Path))
	if within(store, folder) || within(folder, store) {
		return wrong("the store %s and the folder for work in progress %s lie in each other: give the store a directory of its own", address, folder)
	}
	return nil
}

// within reports whether path is dir or lies in it. Both are clean and absolute.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
