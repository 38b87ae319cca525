package restore

import "context"

// IDs tells which id a record of the backup has in the destination. It is safe for
// concurrent use.
type IDs struct{}

// Get returns what a record is in the destination; false where it was not created.
func (i *IDs) Get(ctx context.Context, kind, from string) (Ref, bool, error) {
	return Ref{}, false, errNotYet
}

// Put notes what this batch created or found.
func (i *IDs) Put(r Ref) {}
