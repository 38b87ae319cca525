package workflows

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// reply is how an update was answered.
type reply[Out any] struct {
	out  Out
	err  error
	done bool
	t    *testing.T
}

// kind is the type of the refusal.
func (a *reply[Out]) kind() failure.Type {
	a.t.Helper()
	require.True(a.t, a.done, "the update is not answered")
	kind, _ := failure.Of(a.err)
	return kind
}

// ask sends an update now.
func ask[In, Out any](l *life, u message.Update[In, Out], in In) *reply[Out] {
	a := &reply[Out]{t: l.t}
	a.send(l, u.Name, in)
	return a
}

// asked has an update sent a while after born.
func asked[In, Out any](l *life, d time.Duration, u message.Update[In, Out], in In) *reply[Out] {
	a := &reply[Out]{t: l.t}
	l.after(d, func() { a.send(l, u.Name, in) })
	return a
}

func (a *reply[Out]) send(l *life, name string, in any) {
	l.updates++
	l.env.UpdateWorkflow(name, fmt.Sprint(l.updates), &testsuite.TestUpdateCallback{
		OnAccept: func() {},
		OnReject: func(err error) { a.err, a.done = err, true },
		OnComplete: func(out any, err error) {
			a.err, a.done = err, true
			if v, ok := out.(Out); ok {
				a.out = v
			}
		},
	}, in)
}
