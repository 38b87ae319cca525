package main

import (
	"io"

	"github.com/spf13/cobra"

	"holdfast/internal/buildinfo"
)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Tell which holdfast this is",
		Example: "  holdfast version\n  holdfast version -o json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info := buildinfo.Read()
			return a.print(info, func(w io.Writer) {
				row(w, "version", info.Version)
				row(w, "revision", info.Revision)
				row(w, "go", info.Go)
			})
		},
	}
}
