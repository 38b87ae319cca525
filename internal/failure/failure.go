// Package failure holds the typed errors that cross from activities to
// workflows. An activity says what is wrong where the cause is known; a workflow
// looks only at the type. No message holds content, credentials or signed URLs.
package failure

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
)

// Type names what went wrong. It is the type of a Temporal application error.
type Type string

// Waits: the run goes on by itself once the cause has passed (R4).
const (
	Quota        Type = "Quota"        // the site's quota is used up; Details hold until when, where it is known
	SiteAway     Type = "SiteAway"     // the site does not answer, or with 5xx
	StoreAway    Type = "StoreAway"    // the store does not answer, or with 5xx
	NoCredential Type = "NoCredential" // this worker does not hold the policy's credential
	NoLinks      Type = "NoLinks"      // this worker serves no links to downloads
	NoHook       Type = "NoHook"       // this worker does not have that entry of the notifications
	ScratchFull  Type = "ScratchFull"  // no scratch slot is free, or the disk is full
)

// Definite refusals: waiting does not help.
const (
	CredentialsRefused Type = "CredentialsRefused" // the site no longer knows the account
	SiteGone           Type = "SiteGone"           // there is no such site, or it is another one now
	StoreRefused       Type = "StoreRefused"       // the store refuses permission
	Smaller            Type = "Smaller"            // the site suddenly looks (half) empty (S6)
	Nothing            Type = "Nothing"            // no census, or no container was captured
	InvalidArgument    Type = "InvalidArgument"    // the request makes no sense; the message says why
	Owned              Type = "Owned"              // another installation owns this part of the store
	HookRefused        Type = "HookRefused"        // who was to be notified refuses the notice
	HookAway           Type = "HookAway"           // who was to be notified has not taken the notice in time
)

// Refusals of restores, and on account of them.
const (
	Restoring Type = "Restoring" // R3: a restore writes into the site; Details hold its id
	Locked    Type = "Locked"    // T4: somebody else holds the destination; Details hold the id of that backup or restore
	Changed   Type = "Changed"   // T3: the destination is not what the plan was made for; Details hold what changed
	TooOld    Type = "TooOld"    // T2: the time of the file is over; Details hold since when
	Lapsed    Type = "Lapsed"    // T3: the preview was not accepted in time, or the restore is over
)

// StoreHeld is that of a deletion which a retention policy or a hold of the bucket
// keeps from its end: what could be deleted is, and a later try may delete the rest.
const StoreHeld Type = "StoreHeld"

// Answers of a Policy to what its rules do not allow.
const (
	TooEarly      Type = "TooEarly"      // R1: Details hold when it will be allowed
	Running       Type = "Running"       // R3: Details hold the id of the run in progress
	AlreadyExists Type = "AlreadyExists" // there is such a policy, and it is another one
	NotFound      Type = "NotFound"      // there is no such backup
	NotAvailable  Type = "NotAvailable"  // the backup has no bytes (any more) (D2, T1)
	TooBig        Type = "TooBig"        // L2: Details hold the size and the limit
	Exists        Type = "Exists"        // D2: a download exists; Details hold until when
	Held          Type = "Held"          // the backup is on hold: Details hold who holds it since when
	Conflict      Type = "Conflict"      // the policy has changed meanwhile
	Retired       Type = "Retired"       // the policy is deleted and starts nothing any more
)

// Faults of one attempt: another attempt may succeed.
const (
	LeaseLost Type = "LeaseLost" // the scratch slot is gone; start the shard anew
	Corrupt   Type = "Corrupt"   // what was read back is not what was written
)

// New returns an error of type t that the server does not retry: the workflow
// decides. The message should end in what the operator can do.
func New(t Type, message string) error {
	return temporal.NewApplicationErrorWithOptions(message, string(t), temporal.ApplicationErrorOptions{
		NonRetryable: true, Category: temporal.ApplicationErrorCategoryBenign,
	})
}

// NewWithDetails is New with details that the receiver can decode.
func NewWithDetails(t Type, message string, details ...any) error {
	return temporal.NewApplicationErrorWithOptions(message, string(t), temporal.ApplicationErrorOptions{
		NonRetryable: true, Category: temporal.ApplicationErrorCategoryBenign, Details: details,
	})
}

// NewQuota is a Quota that ends at until; the zero time means that it is not known.
func NewQuota(message string, until time.Time) error {
	return temporal.NewApplicationErrorWithOptions(message, string(Quota), temporal.ApplicationErrorOptions{
		NonRetryable: true, Category: temporal.ApplicationErrorCategoryBenign, Details: []any{until.UTC()},
	})
}

// Of returns the type and message of the application error in err's chain, or
// two empty strings.
func Of(err error) (Type, string) {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return "", ""
	}
	return Type(app.Type()), app.Message()
}

// Until returns when a Quota ends, or the zero time.
func Until(err error) time.Time {
	var app *temporal.ApplicationError
	var until time.Time
	if errors.As(err, &app) && Type(app.Type()) == Quota && app.HasDetails() {
		_ = app.Details(&until)
	}
	return until
}

// Waits reports whether t passes by itself.
func (t Type) Waits() bool {
	switch t {
	case Quota, SiteAway, StoreAway, NoCredential, NoHook, ScratchFull:
		return true
	}
	return false
}

// Definite reports whether t ends the run at once.
func (t Type) Definite() bool {
	switch t {
	case CredentialsRefused, SiteGone, StoreRefused, Smaller, Nothing, InvalidArgument, Owned, NotAvailable, TooBig,
		Restoring, Locked, Changed, TooOld, Lapsed:
		return true
	}
	return false
}

// NewRetryable is New for what the server shall try again by itself, on any
// worker of the queue.
func NewRetryable(t Type, message string) error {
	return temporal.NewApplicationErrorWithOptions(message, string(t), temporal.ApplicationErrorOptions{
		Category: temporal.ApplicationErrorCategoryBenign,
	})
}
