// Prices by provider and model, for calls that went elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/router/domain/router_options.h"

namespace portcullis::router {

// Thread-safe; a value.
class PriceBook {
 public:
  explicit PriceBook(const std::vector<TargetOptions>& targets);

  // The price of a target of this provider and model, else the list price; nothing = unknown.
  std::optional<Pricing> Find(std::string_view provider, std::string_view model) const;

 private:
  struct Row {
    std::string provider;
    std::string model;
    Pricing price;
  };
  std::vector<Row> rows_;
};

}  // namespace portcullis::router
