package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/failure"
	"holdfast/internal/scratch"
	"holdfast/internal/store"
)

// failed gives an error that leaves an activity its type: what it means for the
// run is known here, and the workflow looks at nothing else. An error that it does
// not know stays as it is; the server has the activity tried again a few times.
func failed(err error) error {
	if err == nil {
		return nil
	}
	if typed := typedError(err); typed != nil {
		return typed
	}
	if errors.Is(err, context.Canceled) {
		return err // calls that break off with it say that the site or the store is away
	}
	var site *atlassian.Error
	if errors.As(err, &site) {
		return siteFailed(err, site)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, scratch.ErrLost):
		return failure.New(failure.LeaseLost, err.Error())
	case errors.Is(err, scratch.ErrFull):
		return failure.New(failure.ScratchFull, err.Error())
	case errors.Is(err, store.ErrRefused):
		return failure.New(failure.StoreRefused, err.Error())
	case errors.Is(err, store.ErrCorrupt), errors.Is(err, archive.ErrCorrupt):
		return failure.New(failure.Corrupt, err.Error())
	}
	var away *storeFault
	if errors.As(err, &away) && !away.definite() {
		return failure.New(failure.StoreAway, fmt.Sprintf("%v; the run goes on once the store answers: look after its disk, its network, and its room", err))
	}
	return err
}

// typedError is the failure that err is or wraps; nil where there is none. What wraps it
// would hide its type from the workflow, and that trying again does not help from the server.
func typedError(err error) error {
	var typed *temporal.ApplicationError
	if errors.As(err, &typed) {
		return typed
	}
	return nil
}

// siteFailed gives an error of the site its type. What the operator can do about
// a refusal the error says itself.
func siteFailed(err error, site *atlassian.Error) error {
	switch site.Class {
	case atlassian.ClassCredentials, atlassian.ClassForbidden:
		return failure.New(failure.CredentialsRefused, err.Error())
	case atlassian.ClassSiteGone:
		return failure.New(failure.SiteGone, err.Error())
	case atlassian.ClassQuota:
		return failure.NewQuota(err.Error(), site.Until)
	case atlassian.ClassAway:
		return failure.New(failure.SiteAway, fmt.Sprintf("%v; the run goes on once the site answers", err))
	}
	return err
}

// scratchFailed gives an error of the scratch disk its type. It has to be told
// from one of a store in a directory, whose disk can be full too.
func scratchFailed(err error) error {
	if scratch.IsFull(err) {
		return failure.New(failure.ScratchFull, fmt.Sprintf("%v; the run goes on once the worker's scratch disk has room", err))
	}
	return err
}
