# frozen_string_literal: true

# Prices of things.
require "json"
require_relative "near"

LIMIT = 10
NAMES = %w[a b].freeze

# The shop's house.
module House
  VERSION = "1.0"

  # Sells | things `quickly`.
  class Shop < Base::Thing
    include Comparable
    attr_reader :name, :price
    belongs_to :owner

    # Makes one.
    def initialize(name, price: 1, *rest, **options, &block)
      @name = name
    end

    def self.open(path) = new(path)

    def sell(item,
             count = 1) # how many
      count
    end

    def empty?; true; end

    class << self
      def build; end
    end

    private

    def secret
    end
  end
  class Error < StandardError; end
end

def helper a, b = {}
  a
end

if ENV["DEBUG"]
  def only_debug; end
end
