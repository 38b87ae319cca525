package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConsent(t *testing.T) {
	a := &app{streams: streams{in: strings.NewReader("y\n"), err: io.Discard}}
	require.NoError(t, a.confirm(t.Context(), "Go on?", true), "--yes")
	var usage *usageError
	err := a.confirm(t.Context(), "Go on?", false)
	require.ErrorAs(t, err, &usage, "without a terminal nothing is taken for consent")
	require.ErrorContains(t, err, "pass --yes")

	for answer, want := range map[string]error{
		"y\n": nil, "YES\n": nil, " yes \n": nil, "n\n": errDeclined, "\n": errDeclined, "": errDeclined, "yesterday\n": errDeclined,
	} {
		var out bytes.Buffer
		require.Equal(t, want, ask(t.Context(), strings.NewReader(answer), &out, "Go on?"), "%q", answer)
		require.Equal(t, "Go on? [y/N] ", out.String())
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never, _ := io.Pipe()
	require.ErrorIs(t, ask(ctx, never, io.Discard, "Go on?"), context.Canceled)
}

func TestChoice(t *testing.T) {
	a := &app{streams: streams{in: strings.NewReader("keep\n"), err: io.Discard}}
	_, err := a.choose(t.Context(), "Which?", "keep", "delete")
	require.IsType(t, &usageError{}, err, "without a terminal nothing is chosen")
	require.ErrorContains(t, err, "pass --backups keep or delete, and --yes")

	for answer, want := range map[string]string{"keep\n": "keep", " DELETE \n": "delete", "y\n": "", "\n": "", "": "", "k\n": ""} {
		var out bytes.Buffer
		got, err := pick(t.Context(), strings.NewReader(answer), &out, "Which?", []string{"keep", "delete"})
		require.Equal(t, want, got, "%q", answer)
		require.Equal(t, want == "", err != nil)
		require.Equal(t, "Which? [keep/delete/N] ", out.String())
	}
}
