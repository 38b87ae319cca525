package restore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
)

func TestT6ASentenceSaysWhoWroteSomethingAndWhen(t *testing.T) {
	t.Parallel()
	const begin = "Restored by holdfast from https://acme.atlassian.net: "
	for want, o := range map[string]restore.Origin{
		"written": {},
		"written by Ada on 2020-06-28 12:45 UTC": {
			Author: "u1", AuthorName: "Ada", Created: "2020-06-28T20:45:15.819+0800", Updated: "2020-06-28T20:45:59.000+0800",
		},
		"written by account u1 on 2020-06-28 12:45 UTC, last changed on 2020-06-29 12:45 UTC": {
			Author: "u1", Created: "2020-06-28T12:45:15.819Z", Updated: "2020-06-29T12:45:15Z",
		},
		"written by Ada on 2020-06-28 12:45 UTC, last changed by Bo on 2020-06-28 12:45 UTC": {
			Author: "u1", AuthorName: "Ada", Created: "2020-06-28T12:45:15.819Z",
			Changer: "u2", ChangerName: "Bo", Updated: "2020-06-28T12:45:20.000Z",
		},
		"written by Ada on some day": {AuthorName: "Ada", Created: "some day"},
	} {
		o.Site = "https://acme.atlassian.net"
		require.Equal(t, begin+want, o.Sentence())
	}
}
