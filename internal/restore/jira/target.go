// Package jira restores into Jira.
package jira

import (
	"context"
	"errors"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

var errNotYet = errors.New("not there yet")

// Target restores into one site. It is safe for concurrent use.
type Target struct {
	client  *atlassian.Client
	product atlassian.Product // reads the destination as a backup would, for Compare
}

// New returns the target of a client; product reads the same site.
func New(client *atlassian.Client, product atlassian.Product) *Target {
	return &Target{client: client, product: product}
}

// Plan implements restore.Target.
func (t *Target) Plan(ctx context.Context, j *restore.Job, w *restore.Planner) error {
	return errNotYet
}

// Fingerprint implements restore.Target.
func (t *Target) Fingerprint(ctx context.Context, j *restore.Job) (map[string]string, error) {
	return nil, errNotYet
}

// Apply implements restore.Target.
func (t *Target) Apply(ctx context.Context, j *restore.Job, b restore.Batch) error { return errNotYet }

// Limits implements restore.Target.
func (t *Target) Limits() []restore.Limit { return nil }
