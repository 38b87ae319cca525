package archive

import "errors"

// The errors that reading an archive wraps; test for them with errors.Is. Other
// errors are of the store: the archive may be whole.
var (
	// ErrNoManifest means that the folder holds no manifest: no backup was sealed there.
	ErrNoManifest = errors.New("there is no manifest, so there is no backup")
	// ErrFormat means that the archive has a format version that this program can't read.
	ErrFormat = errors.New("unknown format version")
	// ErrCorrupt means that the archive is damaged: what is stored is not what the manifest says.
	ErrCorrupt = errors.New("the archive is damaged")
	// ErrNotPackable means that a backup is of a time when its manifest did not have
	// what a package needs.
	ErrNotPackable = errors.New("the backup can't be packaged")
	// ErrRecord means that something can't be made a record.
	ErrRecord = errors.New("not a record")
)
