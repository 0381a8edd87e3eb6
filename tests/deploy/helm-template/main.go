// helm-template CHART KUBERNETES-VERSION <VALUES: what `helm template portcullis CHART` prints, by Helm's own packages. The
// rest of Helm takes longer to compile than the tests that want this take to run.
package main

import (
	"fmt"
	"io"
	"os"
	"path"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

func render(directory, version string, text []byte) (map[string]string, error) {
	chart, err := loader.Load(directory)
	if err != nil {
		return nil, err
	}
	values, err := chartutil.ReadValues(text)
	if err != nil {
		return nil, err
	}
	capabilities := chartutil.DefaultCapabilities.Copy()
	kubernetes, err := chartutil.ParseKubeVersion(version)
	if err != nil {
		return nil, err
	}
	capabilities.KubeVersion = *kubernetes
	if !chartutil.IsCompatibleRange(chart.Metadata.KubeVersion, version) {
		return nil, fmt.Errorf("the chart wants Kubernetes %s", chart.Metadata.KubeVersion)
	}
	release := chartutil.ReleaseOptions{Name: "portcullis", Namespace: "default", Revision: 1, IsInstall: true}
	known, err := chartutil.ToRenderValues(chart, values, release, capabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(chart, known)
}

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err == nil && len(os.Args) != 3 {
		err = fmt.Errorf("helm-template CHART KUBERNETES-VERSION <VALUES")
	}
	var files map[string]string
	if err == nil {
		files, err = render(os.Args[1], os.Args[2], text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for name, text := range files {
		if path.Ext(name) == ".yaml" {
			fmt.Println(text)
		}
	}
}
