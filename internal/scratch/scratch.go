// Package scratch leases room on a worker's local disk. A ledger owns one folder
// and divides it into a fixed number of slots; a slot is leased for one attempt of
// one shard and given back, or ended ten minutes after it was last touched. What
// is leased stands on the disk, so that a worker that is started again goes on
// where it was.
//
// Scratch outlives the process, not the machine: files are not synced, and after
// a reboot every lease is gone.
package scratch

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"holdfast/internal/backup"
)

// The defaults of Options.
const (
	DefaultSlots     = 4
	DefaultSlotBytes = 1 << 30
	DefaultIdle      = 10 * time.Minute
)

// Options say how a folder is divided. The zero value of each field means its default.
type Options struct {
	// Slots is how many leases there are at a time.
	Slots int
	// SlotBytes is how many bytes the holder of a lease may write. The ledger
	// asks for that much free space before it grants one; keeping to it is the holder's.
	SlotBytes int64
	// Idle is how long after its last touch a lease ends.
	Idle time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Free tells the free bytes of the disk under a folder; nil asks the system.
	Free func(dir string) (int64, error)
}

// Key says for whom a slot is leased.
type Key struct {
	Backup  string `json:"backup"`
	Shard   string `json:"shard"`
	Attempt int    `json:"attempt"`
}

func (k Key) String() string {
	return fmt.Sprintf("%s shard %s attempt %d", k.Backup, k.Shard, k.Attempt)
}

// over reports whether k's work has ended for certain once next is asked for: next
// is a later attempt at the same shard, or a later run of the same policy, of
// which only one is open at a time (R3).
func (k Key) over(next Key) bool {
	if k.Backup == next.Backup {
		return k.Shard == next.Shard && k.Attempt < next.Attempt
	}
	policy, start, err := backup.ParseBackupID(k.Backup)
	nextPolicy, nextStart, nextErr := backup.ParseBackupID(next.Backup)
	return err == nil && nextErr == nil && policy == nextPolicy && start.Before(nextStart)
}

// The errors that a Ledger's methods wrap.
var (
	// ErrFull means that no slot is free, or that the disk has no room for one.
	ErrFull = errors.New("no scratch is free")
	// ErrLost means that the lease has ended: what was in its folder is gone.
	ErrLost = errors.New("the scratch lease has ended")
)

// IsFull reports whether err comes from a disk without room: ENOSPC, a quota
// (EDQUOT) or a limit on the size of files (EFBIG), or is ErrFull.
func IsFull(err error) bool {
	return errors.Is(err, ErrFull) || errors.Is(err, syscall.ENOSPC) ||
		errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

func (o Options) withDefaults() Options {
	if o.Slots <= 0 {
		o.Slots = DefaultSlots
	}
	if o.SlotBytes <= 0 {
		o.SlotBytes = DefaultSlotBytes
	}
	if o.Idle <= 0 {
		o.Idle = DefaultIdle
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Free == nil {
		o.Free = diskFree
	}
	return o
}
