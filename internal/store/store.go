// Package store is where backups are kept: a bucket or a directory.
package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"
)

// The errors that a Store's methods wrap; test for them with errors.Is.
var (
	// ErrNotExist means that there is no object of that name (or generation).
	ErrNotExist = errors.New("object does not exist")
	// ErrPrecondition means that the Condition of a write or delete did not hold; nothing was changed.
	ErrPrecondition = errors.New("precondition failed")
	// ErrRefused means that the store refuses permission: trying again will not help.
	ErrRefused = errors.New("the store refuses permission")
	// ErrHeld means that a retention policy or a hold keeps an object from being
	// deleted or replaced; the message says until when, where the store does. An
	// error that is ErrHeld is ErrRefused too; what deletes old objects may leave
	// such a one and come back.
	ErrHeld = errors.New("a retention policy or a hold keeps the object")
	// ErrCorrupt means that the store holds other bytes than were sent.
	ErrCorrupt = errors.New("the store holds other bytes than were sent")
	// ErrName means that a name is not one an object can have.
	ErrName = errors.New("not a valid object name")
)

// Object describes one stored object.
type Object struct {
	Name string
	Size int64
	// CRC32C is the Castagnoli checksum of the content. Put, Stat and Copy tell it
	// (a directory reads the file to do so); List does not.
	CRC32C uint32
	// Generation changes with every write of the name, and is never 0.
	Generation int64
	Updated    time.Time
}

// Condition is what must hold for a write or delete to take place. Every write
// has one: the zero Condition is refused.
type Condition struct {
	absent     bool
	generation int64
}

// IfAbsent holds when no object has the name.
func IfAbsent() Condition { return Condition{absent: true} }

// IfGeneration holds when the object has exactly this generation.
func IfGeneration(g int64) Condition { return Condition{generation: g} }

// Absent reports whether c is IfAbsent.
func (c Condition) Absent() bool { return c.absent }

// Generation returns the generation that c asks for, 0 where it asks for none.
func (c Condition) Generation() int64 { return c.generation }

// Check returns an error, which is ErrPrecondition, if c is the zero Condition.
func (c Condition) Check() error {
	if !c.absent && c.generation == 0 {
		return fmt.Errorf("%w: a write needs a condition, IfAbsent or IfGeneration", ErrPrecondition)
	}
	return nil
}

// MaxName is the longest name of an object in bytes, MaxElement the longest
// part of it between slashes: what both a bucket and a directory can hold.
const (
	MaxName    = 1024
	MaxElement = 255
)

// Reserved is the first element of names that a store keeps for itself.
const Reserved = ".holdfast"

// CheckName returns an error, which is ErrName, if no object can have the name.
func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: it is empty", ErrName)
	case len(name) > MaxName:
		return fmt.Errorf("%w: %.40q... is longer than %d bytes", ErrName, name, MaxName)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: %.80q is not UTF-8", ErrName, name)
	}
	for i := range len(name) {
		if name[i] < ' ' || name[i] == 0x7f {
			return fmt.Errorf("%w: %.80q has a control character", ErrName, name)
		}
	}
	for element := range strings.SplitSeq(name, "/") {
		switch {
		case element == "" || element == "." || element == "..":
			return fmt.Errorf("%w: %.80q has the element %q", ErrName, name, element)
		case len(element) > MaxElement:
			return fmt.Errorf("%w: %.80q has an element longer than %d bytes", ErrName, name, MaxElement)
		}
	}
	if name == Reserved || strings.HasPrefix(name, Reserved+"/") {
		return fmt.Errorf("%w: %.80q is reserved for the store itself", ErrName, name)
	}
	return nil
}

// CheckPrefix returns an error, which is ErrName, if no object can have a name
// that starts with prefix and goes on in the folder that it names.
func CheckPrefix(prefix string) error {
	if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
		return CheckName(prefix[:i])
	}
	return nil
}

// MaxCompose is the most objects that Compose takes at a time: what a bucket does.
const MaxCompose = 32

// Linker is a Store that makes links to its objects, which need no credential.
type Linker interface {
	// Link returns an address from which the object can be fetched with GET, in
	// ranges too, until the time given; file is the name under which a browser
	// saves it. The address is a secret: it goes into no log and no error.
	Link(ctx context.Context, name, file string, until time.Time) (string, error)
}

// Store keeps objects by name. Implementations are safe for concurrent use, by
// several processes too.
//
// Names are slash-separated, relative, valid UTF-8, and have no empty, "." or
// ".." element; anything else is ErrName, as CheckName decides. No name is a
// folder of another ("a" and "a/b"): a directory can't hold both, so that no
// caller may rely on it.
//
// A write is atomic: a reader sees the old object, none, or the whole new one,
// and goes on reading the object that it opened. A write that returned nil is
// durable and is seen by every later read and List. An error from a write is
// ambiguous unless it is ErrPrecondition, ErrName, ErrRefused or ErrCorrupt: the
// object may be there; look before trying again. An IfGeneration whose object
// is absent is ErrPrecondition.
//
// Methods retry passing faults by themselves for a short while, until the
// context ends at the latest.
type Store interface {
	// URL is the store's address, such as "file:///var/backups" or "gs://bucket/prefix".
	URL() string
	// Put stores all that r gives under name, if cond holds. An error of r is
	// returned as it is, and nothing is stored. The result is checked: size and
	// CRC32C are those of the bytes that r gave, or the error is ErrCorrupt.
	Put(ctx context.Context, name string, r io.Reader, cond Condition) (Object, error)
	// Get opens an object for reading from offset on; length < 0 reads to the
	// end. A read that ends early fails, never with io.EOF: one past the end of
	// the object with io.ErrUnexpectedEOF, from Get or from Read. The context
	// bounds the reading too. The caller closes.
	Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error)
	// Stat describes an object. It is a point look-up, not a listing.
	Stat(ctx context.Context, name string) (Object, error)
	// Copy makes dst from src inside the store, without the bytes passing through
	// the caller. A src that is absent is ErrNotExist.
	Copy(ctx context.Context, src, dst string, cond Condition) (Object, error)
	// Compose makes dst of the contents of srcs, one after the other, inside the
	// store. There are 1 to MaxCompose of them; they stay. One that is absent is
	// ErrNotExist.
	Compose(ctx context.Context, srcs []string, dst string, cond Condition) (Object, error)
	// Delete removes the object of that generation; one that is absent is not an
	// error, one of another generation is ErrPrecondition.
	Delete(ctx context.Context, name string, generation int64) error
	// List yields the objects whose names start with prefix, in order of their
	// names (as bytes), each once. A prefix need not end at a slash. CRC32C is not
	// set. What is written or deleted meanwhile may or may not be in it. After an
	// error it ends.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
}
