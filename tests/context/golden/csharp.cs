using System;
using System.Collections.Generic;
using Json = Newtonsoft.Json;

namespace Example.Shop
{
    /// <summary>
    /// Sells | things.
    /// </summary>
    [Serializable]
    public abstract class Shop<T> : Base<T>, ISell where T : class, new()
    {
        public const int Limit = 10;
        private readonly Dictionary<string, List<T>> _items = new();
        public event EventHandler? Sold;

        public string Name { get; private set; } = "x";
        public int Count => _items.Count;
        public int Total { get { return 1; } set { Count = value; } }
        public T this[string key] { get => _items[key][0]; }

        /// <summary>Makes one.</summary>
        /// <param name="name">Its name.</param>
        public Shop(string name) : base(name) { Name = name; }
        ~Shop() { }

        [HttpGet("{id}")]
        public async Task<int> Sell<K>(T item, // which
            int count = 1, params string[] notes) where K : struct
        {
            void Inner() { }
            return 1;
        }
        protected abstract void Close();
        public static Shop<T> operator +(Shop<T> a, Shop<T> b) => a;

        private enum Colour { Red, Green = 2 }
    }

    public interface ISell { int Price { get; } void Sell(string item); }
    public record Point(int X, int Y);
    public record struct Pair(int A) { public int B => A; }
    public struct Vec { public float X, Y; }
    public delegate void Handler(object sender, EventArgs e);
}
