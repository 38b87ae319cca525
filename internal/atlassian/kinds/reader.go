package kinds

import (
	"context"
	"fmt"

	"holdfast/internal/atlassian"
)

// Source is what the engine asks of a product.
type Source interface {
	// Identity asks who we are; a refused credential is ClassCredentials.
	Identity(ctx context.Context) (atlassian.Identity, error)
}

// Reader reads what a Table has from one site. It is safe for concurrent use.
type Reader struct {
	Client *atlassian.Client
	Table  *Table
	Source Source
	// Doubts says after which classes of refusals the credential itself is in
	// doubt, so that the Source is asked who we are: Jira refuses a bad one with
	// ClassCredentials, which nil means, Confluence with ClassForbidden too.
	Doubts func(atlassian.Class) bool
}

// doubts reports whether a refusal of a kind puts the credential in doubt.
func (r *Reader) doubts(row Row, class atlassian.Class) bool {
	if class == atlassian.ClassCredentials {
		// A token without the scope is refused with 401, as a bad one is. Of
		// content that is too much to go on without.
		return !row.Content
	}
	return r.Doubts != nil && r.Doubts(class)
}

// Refusal says of a failed list what that means for it. An error that concerns
// more than the list is returned.
func (r *Reader) Refusal(ctx context.Context, row Row, err error) (atlassian.Problem, error) {
	class := atlassian.ClassOf(err)
	denied := class == atlassian.ClassForbidden || row.Hides && class == atlassian.ClassNotFound
	if r.doubts(row, class) {
		// The one call that tells a lack of permission from a refused credential
		// shows whether the account is still ours. Where that call is not
		// answered, nothing is known of the credential.
		if _, err := r.Source.Identity(ctx); err != nil {
			return atlassian.Problem{}, err
		}
		denied = true
	}
	if denied {
		return atlassian.Problem{Denied: true, Reason: noPermission(row)}, nil
	}
	reason, ok := Reason(err)
	if !ok {
		return atlassian.Problem{}, err
	}
	if !row.Content && unsupported(err) {
		return atlassian.Problem{Absent: true, Reason: fmt.Sprintf("this site does not have it (HTTP %d)", atlassian.StatusOf(err))}, nil
	}
	return atlassian.Problem{Reason: reason}, nil
}
