package atlassian

import "context"

// leaveKey is the key of a context's leave to write.
type leaveKey struct{}

// WithLeave returns a context whose writes are sent only while leave allows it: it is asked
// before every try of one, and its error is the write's. So whoever lost the right to
// write stops, however long it waited for the site.
func WithLeave(ctx context.Context, leave func(context.Context) error) context.Context {
	return context.WithValue(ctx, leaveKey{}, leave)
}

// mayWrite asks for leave, where the context has one to ask for.
func mayWrite(ctx context.Context) error {
	if leave, ok := ctx.Value(leaveKey{}).(func(context.Context) error); ok {
		return leave(ctx)
	}
	return nil
}
