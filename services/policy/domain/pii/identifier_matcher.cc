#include "services/policy/domain/pii/identifier_matcher.h"

#include <algorithm>

#include "services/policy/domain/pii/identifier_specs.h"

namespace portcullis::policy {
namespace {

constexpr size_t kSlots = 1024;

// A word names a card's security code only right before it.
size_t ReachOf(Entity entity) { return entity == Entity::kCardSecurityCode ? 32 : kContextReach; }

IdLayout ParseLayout(std::string_view text) {
  IdLayout layout = 0;
  size_t group = 0;
  size_t separator = 0;
  size_t size = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      size = size * 10 + static_cast<size_t>(c - '0');
      continue;
    }
    layout = AddToLayout(layout, group++, separator, size);
    separator = kIdSeparators.find(c);
    size = 0;
  }
  return AddToLayout(layout, group, separator, size);
}

}  // namespace

IdentifierMatcher::IdentifierMatcher(const std::bitset<kEntityCount>& enabled) {
  for (const IdentifierSpec& spec : IdentifierSpecs()) {
    if (enabled[static_cast<size_t>(spec.entity)]) AddForms(spec);
  }
  std::stable_sort(forms_.begin(), forms_.end(),
                   [](const Form& a, const Form& b) { return a.layout < b.layout; });
  BuildSlots();
}

void IdentifierMatcher::AddForms(const IdentifierSpec& spec) {
  Form form{0, 0, 0, spec.entity, true, false, spec.valid, spec.shape};
  for (size_t i = 0; i < spec.shape.size(); ++i) {
    const char c = spec.shape[i];
    if (c == 'd' || (c >= '0' && c <= '9')) form.digits |= 1u << i;
    if (c == 'l' || (c >= 'A' && c <= 'Z')) form.letters |= 1u << i;
    form.has_literals = form.has_literals || (c != 'd' && c != 'l' && c != 'a');
  }
  std::string_view rest = spec.layouts;
  while (!rest.empty()) {
    std::string_view layout = rest.substr(0, rest.find('|'));
    rest.remove_prefix(std::min(rest.size(), layout.size() + 1));
    form.needs_word = layout[0] != '!';
    if (!form.needs_word) layout.remove_prefix(1);
    const bool any_sign = layout.find('_') != std::string_view::npos;
    for (const char sign : any_sign ? std::string_view(" -.") : std::string_view(" ")) {
      std::string written(layout);
      std::replace(written.begin(), written.end(), '_', sign);
      form.layout = ParseLayout(written);
      if (form.layout < 32) sizes_ |= 1u << form.layout;
      forms_.push_back(form);
    }
  }
}

void IdentifierMatcher::BuildSlots() {
  slots_.assign(kSlots, {});
  for (size_t begin = 0; begin < forms_.size();) {
    size_t end = begin + 1;
    while (end < forms_.size() && forms_[end].layout == forms_[begin].layout) ++end;
    slots_[SlotOf(forms_[begin].layout)] = {forms_[begin].layout, static_cast<uint16_t>(begin),
                                            static_cast<uint16_t>(end)};
    begin = end;
  }
}

// The layout's slot, or a free one.
size_t IdentifierMatcher::SlotOf(IdLayout layout) const {
  size_t slot = (layout * 0x9E3779B97F4A7C15u) >> 54;
  while (slots_[slot].layout != 0 && slots_[slot].layout != layout) slot = (slot + 1) % kSlots;
  return slot;
}

IdentifierMatcher::Found IdentifierMatcher::At(const Window& window, size_t position,
                                               LazyContext& context) const {
  Found found;
  IdGroups groups;
  const IdGroups::State state = groups.Read(window, position);
  found.open = state == IdGroups::State::kOpen;
  if (state != IdGroups::State::kRead) return found;
  for (size_t count = groups.count(); count > 0 && !found.named.matched(); --count) {
    const Slot& slot = slots_[SlotOf(groups.layout(count))];
    if (slot.layout == 0) continue;
    const Border border = BorderAt(window, groups.end(count - 1));
    if (border == Border::kUnknown) {
      found.open = true;
      return found;
    }
    if (border == Border::kEnds) TryForms(slot, groups, count, position, context, &found);
  }
  return found;
}

bool IdentifierMatcher::Fits(const Form& form, const IdGroups& groups, std::string_view chars) const {
  const uint32_t digits = groups.digit_mask();
  if ((digits & form.digits) != form.digits || (digits & form.letters) != 0) return false;
  if (form.has_literals) {
    for (size_t i = 0; i < chars.size(); ++i) {
      const char c = form.shape[i];
      if (c != 'd' && c != 'l' && c != 'a' && c != chars[i]) return false;
    }
  }
  return form.valid == nullptr || form.valid(chars);
}

void IdentifierMatcher::TryForms(const Slot& slot, const IdGroups& groups, size_t count, size_t position,
                                 LazyContext& context, Found* found) const {
  const std::string_view chars = groups.chars(count);
  size_t nearest = NamedEntities::kFar;
  for (size_t i = slot.begin; i < slot.end; ++i) {
    const Form& form = forms_[i];
    if (!Fits(form, groups, chars)) continue;
    const MatchResult match =
        MatchResult::Match(static_cast<uint16_t>(form.entity), groups.end(count - 1) - position);
    const bool needs_word = form.needs_word || groups.lower();
    if (!needs_word && !found->unnamed.matched()) found->unnamed = match;
    const size_t distance = context.named().distance(form.entity);
    if (distance > ReachOf(form.entity) || distance >= nearest) continue;
    nearest = distance;
    found->named = match;
  }
}

}  // namespace portcullis::policy
