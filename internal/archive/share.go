package archive

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// inShare reports whether an object belongs to the share-th of of shares, from 1,
// by its name alone: of shares hold every object exactly once, in whatever backup,
// whoever asks. One share, or none, holds all.
func inShare(object string, share, of int) bool {
	if of <= 1 {
		return true
	}
	sum := sha256.Sum256([]byte(object))
	return binary.BigEndian.Uint64(sum[:])%uint64(of) == uint64(share-1)
}

// checkShare returns an error if there is no such share.
func checkShare(share, of int) error {
	if of < 0 || of > 1 && (share < 1 || share > of) {
		return fmt.Errorf("share %d of %d: give one of 1 to %d", share, of, max(of, 1))
	}
	return nil
}
