package storeurl

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestApart(t *testing.T) {
	for _, tc := range []struct {
		address, folder string
		apart           bool
	}{
		{"file:///data/store", "/data/scratch", true},
		{"file:///data/scratch-of-old", "/data/scratch", true},
		{"file:///data/..scratch", "/data", false},
		{"file:///data/scratch", "/data/scratch", false},
		{"file:///data/scratch/", "/data/scratch/.", false},
		{"file:///data/scratch/store", "/data/scratch", false},
		{"file:///data", "/data/scratch", false},
		{"file:///", "/scratch", false},
		{"file:///my%20data", "/my data/scratch", false},
		{"gs://bucket/data", "/data", true},
		{"nonsense", "/data", true},
	} {
		err := Apart(tc.address, tc.folder)
		if tc.apart {
			require.NoError(t, err, "%s, %s", tc.address, tc.folder)
			continue
		}
		var address *AddressError
		require.ErrorAs(t, err, &address, "%s, %s", tc.address, tc.folder)
		require.ErrorContains(t, err, "give the store a directory of its own")
	}
}
