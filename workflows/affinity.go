package workflows

import (
	"errors"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"holdfast/internal/failure"
)

// asTimeout is errors.As for a time-out.
func asTimeout(err error, target **temporal.TimeoutError) bool { return errors.As(err, target) }

// hostLost reports whether err means that a shard's host no longer answers, or
// no longer has the shard's scratch, or that no host answered at all: another
// attempt elsewhere is due.
func hostLost(err error) bool {
	if kind, _ := failure.Of(err); kind == failure.LeaseLost {
		return true
	}
	var timeout *temporal.TimeoutError
	if !asTimeout(err, &timeout) {
		return false
	}
	switch timeout.TimeoutType() {
	case enums.TIMEOUT_TYPE_SCHEDULE_TO_START, enums.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, enums.TIMEOUT_TYPE_HEARTBEAT:
		return true
	}
	return false
}
