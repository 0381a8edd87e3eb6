#include "services/router/app/price_book.h"

#include "services/router/domain/pricing/price_table.h"

namespace portcullis::router {

PriceBook::PriceBook(const std::vector<TargetOptions>& targets) {
  for (const TargetOptions& target : targets) {
    if (target.pricing) rows_.push_back({target.provider, target.model, *target.pricing});
  }
}

std::optional<Pricing> PriceBook::Find(std::string_view provider, std::string_view model) const {
  for (const Row& row : rows_) {
    if (row.provider == provider && row.model == model) return row.price;
  }
  return FindListPrice(provider, model);
}

}  // namespace portcullis::router
