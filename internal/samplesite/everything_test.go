package samplesite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

func BenchmarkEverything(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, err := samplesite.New(samplesite.Everything())
		require.NoError(b, err)
	}
}
