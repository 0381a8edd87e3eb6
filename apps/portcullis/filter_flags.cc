#include "apps/portcullis/filter_flags.h"

#include "libs/base/strings.h"

namespace portcullis::app {

void AddFilterFlags(CLI::App& app, events::Filter* filter) {
  app.add_option("--since", filter->since, "5m, 1h, 7d or an RFC 3339 time")->group("Which records");
  app.add_option("--until", filter->until, "the same; records before it")->group("Which records");
  for (const audit::Dimension& dimension : audit::kDimensions) {
    app.add_option(base::StrCat("--", dimension.name), filter->query.*dimension.query)
        ->group("Which records");
  }
  app.add_option("--request-id", filter->query.request_id, "the x-request-id of an answer")
      ->group("Which records");
  app.add_option("--text", filter->query.text, "part of a reason or a finding")->group("Which records");
  app.add_option("--min-cost", filter->query.min_cost_usd, "US dollars")->group("Which records");
  app.add_option("--max-cost", filter->query.max_cost_usd, "US dollars")->group("Which records");
}

}  // namespace portcullis::app
